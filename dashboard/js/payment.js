/** The way to the payment provider and back. */

import { api } from "./api.js";

/** @param {string} orderId */
export const resultAddress = (orderId) => `result.html?order=${encodeURIComponent(orderId)}`;

/** Whether an address is one a browser may be sent to. @param {string | null | undefined} address */
function isWebAddress(address) {
  try {
    return ["https:", "http:"].includes(new URL(address).protocol);
  } catch {
    return false;
  }
}

/** The attempt that can be paid now. @param {any} order */
export const openPayment = (order) => order.payments?.find((payment) => payment.status === "open" && isWebAddress(payment.url)) ?? null;

/**
 * Where an order is paid: the open attempt, or a new one where all have ended (somebody came back from the provider and
 * chose "buy now" again). Without one, the result page knows what to say.
 * @param {any} order
 * @param {any} payment         the attempt of the answer; null when there is none
 * @param {string | null} provider
 * @returns {Promise<string>}
 */
async function paymentAddress(order, payment, provider) {
  if (order.status !== "pending") return resultAddress(order.id);
  const open = payment?.status === "open" && isWebAddress(payment.url) ? payment : openPayment(order);
  if (open) return open.url;
  if (!provider || payment?.status === "open") return resultAddress(order.id);
  const another = await api.payAgain(order.id, provider).catch(() => null);
  return isWebAddress(another?.payment?.url) ? another.payment.url : resultAddress(order.id);
}

/** Leaves this page for the order's payment. @param {any} order @param {any} payment @param {string | null} provider */
export async function leaveForPayment(order, payment, provider) {
  location.assign(await paymentAddress(order, payment, provider));
}
