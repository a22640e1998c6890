/** The add-ons on sale, as cards. */

import { figure, h } from "../dom.js";
import { money, number, t } from "../i18n.js";
import { addonsOf, isWithinReach, validityWords } from "../offers.js";
import { inSentence } from "../words.js";
import { addonAddress } from "./topup.js";

function action(addon, subscription) {
  if (!isWithinReach(addon, subscription)) return h("p", { class: "card-included" }, t("addons.needsPlan"));
  return h("a", { class: "button button-line button-wide", href: addonAddress(addon), "aria-label": t("addons.buyOf", { name: addon.name }) }, t("addons.buy"));
}

function card(addon, { currency, features, subscription }) {
  return h("li", { class: "pack-card", data: { addon: addon.id } },
    h("h3", { class: "pack-name" }, addon.name),
    h("p", { class: "price pack-price" }, figure(money(addon.price, currency)), h("span", { class: "price-unit" }, t("addons.perPack"))),
    h("ul", { class: "pack-gains" },
      h("li", {}, figure(`+${number(addon.amount)}`, "strong"), ` ${inSentence(features.nameOf(addon.feature))}`),
      h("li", { class: "muted" }, validityWords(addon, subscription))),
    h("div", { class: "pack-action" }, action(addon, subscription)));
}

/**
 * The section of the plans page; null where no add-on is sold.
 * @param {{catalogue: any, features: ReturnType<import("../words.js").featuresOf>, subscription: any}} parts
 */
export function addonSection({ catalogue, features, subscription }) {
  const addons = addonsOf(catalogue);
  if (!addons.length) return null;
  return h("section", { class: "addons", id: "addons", "aria-labelledby": "addons-title" },
    h("h2", { id: "addons-title", class: "addons-title", tabindex: "-1" }, t("addons.title")),
    h("p", { class: "muted" }, t("addons.lead")),
    h("ul", { class: "pack-cards" }, addons.map((addon) => card(addon, { currency: catalogue.currency, features, subscription }))));
}
