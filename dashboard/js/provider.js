/** The ways to pay in words, and the one that was used last. */

import { hasText, t } from "./i18n.js";
import { lasting } from "./storage.js";

const KEY = "goi.provider";

/**
 * What people call it: "Ví MoMo". The API's name where we have no other, its id for one that is switched off meanwhile.
 * @param {{id: string, name?: string}} provider
 */
export const providerTitle = ({ id, name = id }) => (hasText(`provider.${id}`) ? t(`provider.${id}`) : name);

const BRANDS = { vnpay: "VNPAY", momo: "MoMo", zalopay: "ZaloPay", payos: "payOS", sepay: "VietQR", stripe: "Stripe" };

/** Its proper name, for sentences. @param {{id: string, name?: string}} provider */
export const providerName = ({ id, name = id }) => BRANDS[id] ?? name;

/** How one pays there. @param {{id: string, name: string, kind: string}} provider */
export function providerHow(provider) {
  if (hasText(`how.${provider.id}`)) return t(`how.${provider.id}`);
  return provider.kind === "qr" ? t("how.qr") : t("how.redirect", { name: provider.name });
}

/** The way used last on this browser, or null. @returns {string | null} */
export const lastProvider = () => {
  const id = lasting.read(KEY);
  return typeof id === "string" ? id : null;
};

/** @param {string | null} id  null changes nothing */
export function rememberProvider(id) {
  if (id) lasting.write(KEY, id);
}

export const forgetProvider = () => lasting.remove(KEY);
