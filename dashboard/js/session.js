/** Who is signed in. Where config.js has a `getToken`, the product says so; otherwise the local sign-in's token is kept. */

import { config } from "../config.js";
import { forgetProvider } from "./provider.js";
import { lasting, passing } from "./storage.js";

const KEY = "goi.session";
const PAGE = /^[a-z]+\.html(\?[^#]*)?(#.*)?$/;

/** @returns {{token: string, account_id: string, email: string} | null} */
const local = () => lasting.read(KEY);

/** Whether the local sign-in form is the way in. */
export const usesLocalLogin = () => config.getToken === null;

/**
 * @param {{renew?: boolean}} [options]
 * @returns {Promise<string | null>}
 */
export async function token({ renew = false } = {}) {
  if (config.getToken) return (await config.getToken({ renew })) ?? null;
  return renew ? null : (local()?.token ?? null);
}

/** @param {{token: string, account_id: string, email: string}} session */
export function keep(session) {
  lasting.write(KEY, session);
}

/** Where we are, as a name that `next` accepts. */
export function here() {
  const { pathname, search, hash } = globalThis.location;
  return (pathname.split("/").pop() || "index.html") + search + hash;
}

/**
 * A page of ours to return to; anything else leads home, so that no link can send people elsewhere after signing in.
 * @param {string | null} wanted
 */
export const safeReturn = (wanted) => (wanted && PAGE.test(wanted) ? wanted : "index.html");

/** Leaves for the sign-in, to come back here. */
export function signIn() {
  lasting.remove(KEY);
  if (config.signIn) config.signIn(globalThis.location.href);
  else globalThis.location.replace(`login.html?next=${encodeURIComponent(here())}`);
}

/** Forgets the person: the token, and what this tab kept of a purchase. */
export function signOut() {
  lasting.remove(KEY);
  forgetProvider();
  for (const key of ["goi.checkout", "goi.purchase"]) passing.remove(key);
  if (config.signOut) config.signOut();
  else globalThis.location.assign("login.html");
}
