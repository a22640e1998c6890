/** What an order means for its buyer: read from the API's answer alone, never from an address. */

const FULFILLED = new Set(["fulfilled", "partially_refunded", "refunded"]);
const BOOKED = new Set(["succeeded", "partially_refunded", "refunded"]);

/**
 * "waiting" for the provider's word · "unstarted" the provider did not answer when it was to open its page · "failed" the
 * last attempt · "stopped" by the buyer at the provider · "lapsed" its time is over, the order still stands · "done" ·
 * "cancelled" · "late" money for a cancelled order · "expired"
 * @typedef {"waiting" | "unstarted" | "failed" | "stopped" | "lapsed" | "done" | "cancelled" | "late" | "expired"} Outcome
 */

/** The attempt made last, null where there is none. @param {any} order */
export const lastAttempt = (order) => order.payments?.at(-1) ?? null;

/** The attempts whose money is booked. @param {any} order @returns {any[]} */
export const bookedAttempts = (order) => (order.payments ?? []).filter(({ status }) => BOOKED.has(status));

/** The attempt that says how the order is paid: the one with the money, otherwise the last. @param {any} order */
export const payingAttempt = (order) => bookedAttempts(order)[0] ?? lastAttempt(order);

/** An attempt that still waits for its money, the youngest. @param {any} order */
export const openAttempt = (order) => (order.payments ?? []).findLast(({ status }) => status === "open") ?? null;

const hasPlace = ({ url, qr_content: content }) => Boolean(url || content);

function outcomeOfPending(order) {
  const last = lastAttempt(order);
  if (!last || bookedAttempts(order).length) return "waiting";
  if (last.status === "open") return hasPlace(last) ? "waiting" : "unstarted";
  if (last.status === "failed") return last.failure === "cancelled" ? "stopped" : "failed";
  return "lapsed";
}

/** @param {any} order @returns {Outcome} */
export function outcomeOf(order) {
  if (FULFILLED.has(order.status)) return "done";
  if (order.status === "cancelled") return bookedAttempts(order).length ? "late" : "cancelled";
  return order.status === "expired" ? "expired" : outcomeOfPending(order);
}

/** Money that came a second time: "twice" while it is to be given back, "returned" once it was, otherwise null. */
export function secondPayment(order) {
  const booked = bookedAttempts(order);
  if (booked.length < 2) return null;
  return booked.filter(({ status }) => status === "refunded").length >= booked.length - 1 ? "returned" : "twice";
}
