/** The way to the payment provider and back. */

import { api } from "./api.js";
import { rememberProvider } from "./provider.js";

/** @param {string} orderId */
const resultAddress = (orderId) => `result.html?order=${encodeURIComponent(orderId)}`;

/** Whether an address is one a browser may be sent to. @param {string | null | undefined} address */
function isWebAddress(address) {
  try {
    return ["https:", "http:"].includes(new URL(address).protocol);
  } catch {
    return false;
  }
}

/** Whether an attempt waits to be paid on a page of its provider. @param {any} payment */
const isPayable = (payment) => payment?.status === "open" && isWebAddress(payment.url);

/** The attempt that can be paid now. @param {any} order */
export const openPayment = (order) => order.payments.find(isPayable) ?? null;

/**
 * Where an order is paid. Without a fresh attempt (somebody came back from the provider and chose "buy now" again) the API
 * is asked for the open one or another: by its clock, not by ours. Where there is none, the result page knows what to say.
 * @param {any} order
 * @param {any} fresh               the attempt just made; null when the order is an old one
 * @param {string | null} provider  null where there is nothing to pay
 * @returns {Promise<string>}
 */
async function paymentAddress(order, fresh, provider) {
  if (order.status !== "pending") return resultAddress(order.id);
  if (isPayable(fresh)) return fresh.url;
  const again = provider ? await api.payAgain(order.id, provider).catch(() => null) : null;
  const payment = isPayable(again?.payment) ? again.payment : openPayment(order);
  return payment?.url ?? resultAddress(order.id);
}

/** Leaves this page for the order's payment. @param {any} order @param {any} fresh @param {string | null} provider */
export async function leaveForPayment(order, fresh, provider) {
  const address = await paymentAddress(order, fresh, provider);
  rememberProvider(fresh?.provider ?? provider);
  location.assign(address);
}
