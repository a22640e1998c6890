/**
 * The one file to change when these pages stand behind your own product. See README.md beside it.
 *
 * @typedef {object} Config
 * @property {string} apiBase       origin and stage of the API, without a slash at the end; "" is the pages' own origin
 * @property {string} productName   the name in the header and in page titles
 * @property {string} productUrl    where the logo leads
 * @property {string} contactEmail  whom "contact us" and the help links write to
 * @property {string} timeZone      the seller's zone: dates are shown in it, whoever looks
 * @property {null | ((options: {renew: boolean}) => Promise<string | null>)} getToken
 *   the caller's JWT, or null when nobody is signed in; `renew` is true after the API has refused the last one.
 *   null: the local sign-in form is used (POST /local/login), which exists on a developer's machine only
 * @property {null | ((returnTo: string) => void)} signIn   starts your sign-in; come back to `returnTo` after it
 * @property {null | (() => void)} signOut                  ends your session
 */

/** @type {Config} */
export const config = {
  apiBase: "",
  productName: "Goi",
  productUrl: "index.html",
  contactEmail: "lienhe@goi.example",
  timeZone: "Asia/Ho_Chi_Minh",
  getToken: null,
  signIn: null,
  signOut: null,
};
