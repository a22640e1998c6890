/** Which add-on, and how many packs of it; the plan stays as it is. */

import { stepper } from "../components/controls.js";
import { figure, h, uniqueId } from "../dom.js";
import { money, t } from "../i18n.js";
import { isWithinReach, validityWords } from "../offers.js";
import { MAXIMUM } from "./wish.js";

/**
 * @param {object} parts
 * @param {any[]} parts.addons     on sale
 * @param {string} parts.currency
 * @param {any} parts.subscription
 * @param {import("./wish.js").Wish} parts.wish
 * @param {(change: Partial<import("./wish.js").Wish>) => void} parts.change
 */
export function packChoice({ addons, currency, subscription, wish, change }) {
  const name = uniqueId("pack");

  function option(addon) {
    const noteId = uniqueId("pack-note");
    return h("label", { class: "choice choice-pack", data: { addon: addon.id } },
      h("input", {
        type: "radio", name, value: addon.id, checked: addon.id === wish.plan_id, "aria-label": addon.name, "aria-describedby": noteId,
        on: { change: () => change({ plan_id: addon.id }) },
      }),
      h("span", { class: "choice-main" }, h("span", { class: "strong" }, addon.name), h("span", { class: "faint", id: noteId }, note(addon))),
      h("span", { class: "choice-price" }, figure(money(addon.price, currency)), " ", h("span", { class: "faint" }, t("addons.perPack"))));
  }

  const note = (addon) => (isWithinReach(addon, subscription) ? validityWords(addon, subscription) : t("addons.needsPlan"));

  const counter = stepper({
    label: t("addons.quantity"), value: wish.quantity ?? 1, maximum: MAXIMUM.month, change: (quantity) => change({ quantity }),
  });
  const what = h("fieldset", { class: "plan-set" },
    h("legend", { class: "visually-hidden" }, t("addons.title")), h("div", { class: "plan-choices" }, addons.map(option)));
  return {
    sections: [[t("addons.title"), what], [t("addons.amount"), counter.element]],
    /** The API's refusal of the number. @param {string} words */
    failQuantity(words) {
      counter.fail(words);
      counter.control.focus();
    },
    focusQuantity: () => counter.control.focus(),
  };
}
