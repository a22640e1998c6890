/** What time it is for the server. A buyer's clock may be wrong by hours; what is shown of a time limit must not be. */

const TICK_MS = 1000; // a Date header tells whole seconds
const TRIFLE_MS = 2000; // nothing is corrected by less: the answer's own way took as long

let ahead = 0;

/** Milliseconds since 1970 by the server's clock, as far as it is known. */
export const now = () => Date.now() + ahead;

/**
 * Learns from an answer. One that may come from a cache tells an old time, and is left alone.
 * @param {Response} response
 * @param {number} sentAt  milliseconds since 1970 by this machine's clock, when the request left
 */
export function learn(response, sentAt) {
  const told = Date.parse(response.headers.get("Date") ?? "");
  if (Number.isNaN(told) || !(response.headers.get("Cache-Control") ?? "").includes("no-store")) return;
  const difference = told + TICK_MS / 2 - (sentAt + Date.now()) / 2;
  ahead = Math.abs(difference) < TRIFLE_MS ? 0 : difference;
}
