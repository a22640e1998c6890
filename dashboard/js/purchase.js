/**
 * One purchase, one Idempotency-Key. The key and the exact body are kept in the tab from before the first send, so that a
 * reload, a second click, a lost answer or the way back from the payment provider repeats the same request instead of
 * making another order. A new key is made only when something else is bought, or after an answer that settles this one.
 */

const KEY = "goi.purchase";
const UNSETTLED = new Set([401, 408, 425, 429]);

/** @returns {string} 128 random bits; `randomUUID` is missing on plain http */
export function randomKey() {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The same text for the same values, whatever the order of keys. @param {any} value @returns {string} */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value ?? null);
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(",")}}`;
}

/**
 * Whether an error tells that no order was made and none will be by this request. Without an answer, or with a 5xx,
 * nobody knows: only the same key may try again.
 * @param {{kind: string, status: number}} error
 */
export function isFinalRefusal({ kind, status }) {
  return kind !== "network" && status >= 400 && status < 500 && !UNSETTLED.has(status);
}

/**
 * @typedef {object} Attempt
 * @property {string} key             the Idempotency-Key
 * @property {string} fingerprint     account and what is bought, in one text
 * @property {object} body            the request's body, sent unchanged each time
 * @property {string | null} orderId  known after the first answer
 */

/**
 * @param {ReturnType<import("./storage.js").jsonStorage>} storage
 * @param {() => string} [newKey]
 */
export function createPurchase(storage, newKey = randomKey) {
  /** @returns {Attempt | null} */
  const kept = () => storage.read(KEY);
  return {
    /**
     * The attempt to send: the kept one if it buys the same for the same account, otherwise a new one.
     * @param {string} account
     * @param {object} intent  what the buyer agreed to: the wish, the total, the provider, the invoice's details
     * @param {object} body    the request for it
     */
    begin(account, intent, body) {
      const fingerprint = canonical({ account, intent });
      const before = kept();
      if (before?.fingerprint === fingerprint) return before;
      const attempt = { key: newKey(), fingerprint, body, orderId: null };
      storage.write(KEY, attempt);
      return attempt;
    },
    /** The order is known; the key stays until the order is settled. @param {string} orderId */
    ordered(orderId) {
      const attempt = kept();
      if (attempt) storage.write(KEY, { ...attempt, orderId });
    },
    /** The order has reached an end: buying the same again is another purchase. @param {string} orderId */
    settled(orderId) {
      if (kept()?.orderId === orderId) storage.remove(KEY);
    },
    /** The request was refused: no order came of it. */
    refused() {
      storage.remove(KEY);
    },
  };
}
