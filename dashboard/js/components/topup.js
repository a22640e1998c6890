/** The way to more of what runs low: beside a balance that is used up by four fifths, and one that is used up. */

import { addressOf } from "../checkout/wish.js";
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { icon } from "../icons.js";
import { addonsOf, isWithinReach } from "../offers.js";

/** Where the add-ons are shown together. */
export const ADDONS = "plans.html#addons";

/** Where one add-on is bought. @param {any} addon */
export const addonAddress = (addon) => addressOf({ plan_id: addon.id, interval: "month", quantity: 1, coupon_code: "" });

/**
 * "used" when nothing is left, "low" when a fifth or less is; null otherwise, and where nothing was granted.
 * @param {{granted: number, remaining: number}} balance
 * @returns {"used" | "low" | null}
 */
export function levelOf({ granted, remaining }) {
  if (granted <= 0 || remaining * 5 > granted) return null;
  return remaining > 0 ? "low" : "used";
}

/** Where more of a feature is to be had, and the words for it. */
function wayTo(feature, name, catalogue, subscription) {
  const packs = addonsOf(catalogue).filter((addon) => addon.feature === feature && isWithinReach(addon, subscription));
  if (packs.length === 0) return { href: "plans.html", text: t("topup.plans"), spokenText: t("topup.plansFor", { feature: name }) };
  const href = packs.length === 1 ? addonAddress(packs[0]) : ADDONS;
  return { href, text: t("topup.buy"), spokenText: t("topup.buyOf", { feature: name }) };
}

/**
 * What stands beside a balance that runs low; null beside others.
 * @param {any} balance @param {string} name  of its feature
 * @param {{catalogue: any, subscription: any}} shop
 */
export function topUp(balance, name, { catalogue, subscription }) {
  const level = levelOf(balance);
  if (!level) return null;
  const { href, text, spokenText } = wayTo(balance.feature, name, catalogue, subscription);
  return h("div", { class: `topup topup-${level}` },
    icon("alert", 20), h("p", {}, t(`topup.${level}`)),
    h("a", { class: `button button-small ${level === "used" ? "button-accent" : "button-line"}`, href, "aria-label": spokenText }, text));
}
