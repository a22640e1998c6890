/** A trial: nothing is chosen and nothing is paid, so it says what will happen. */

import { h } from "../dom.js";
import { t } from "../i18n.js";
import { icon } from "../icons.js";
import { lengthWords } from "../offers.js";

/** @param {{plan: any, trial: any}} parts */
export function trialChoice({ plan, trial }) {
  const length = lengthWords(trial);
  const promises = [t("trial.all", { plan: plan.name, length }), t("trial.nothing"), t("trial.stops"), t("trial.once")];
  const list = h("ul", { class: "promises" }, promises.map((text) => h("li", {}, icon("check", 18), h("span", {}, text))));
  return {
    sections: [[t("trial.terms"), list]],
    failQuantity: () => {},
    focusQuantity: () => {},
  };
}
