/** Which plan, by month or year, and how many of them. */

import { segmented, stepper } from "../components/controls.js";
import { fill, figure, h, uniqueId } from "../dom.js";
import { money, rate, t } from "../i18n.js";
import { yearSaving } from "../format.js";
import { priceOf } from "../words.js";
import { intervalsOf, MAXIMUM } from "./wish.js";

/**
 * @param {object} parts
 * @param {any[]} parts.plans      on sale
 * @param {string} parts.currency
 * @param {import("./wish.js").Wish} parts.wish
 * @param {(change: Partial<import("./wish.js").Wish>) => void} parts.change
 */
export function planChoice({ plans, currency, wish, change }) {
  const name = uniqueId("plan");
  const options = h("div", { class: "plan-choices" });
  const term = h("div", { class: "term" });
  let { plan_id: planId, interval, quantity } = wish;
  let counter = null;

  const chosen = () => plans.find((plan) => plan.id === planId);

  function option(plan) {
    const amount = priceOf(plan, interval);
    const priceId = uniqueId("price");
    return h("label", { class: `choice ${amount === null ? "is-off" : ""}`.trim(), data: { plan: plan.id } },
      h("input", {
        type: "radio", name, value: plan.id, checked: plan.id === planId, "aria-label": plan.name, "aria-describedby": priceId,
        on: { change: () => choosePlan(plan) },
      }),
      h("span", { class: "choice-main" }, h("span", { class: "strong" }, plan.name)),
      amount !== null && h("span", { class: "choice-price", id: priceId }, figure(money(amount, currency)), " ", h("span", { class: "faint" }, t(interval === "year" ? "interval.perYear" : "interval.perMonth"))));
  }

  function choosePlan(plan) {
    planId = plan.id;
    if (!intervalsOf(plan).includes(interval)) chooseInterval(intervalsOf(plan)[0]);
    else tell();
    draw();
  }

  function chooseInterval(value) {
    interval = value;
    quantity = 1;
    tell();
    draw();
  }

  const tell = () => change({ plan_id: planId, interval, quantity });

  function savingNote(plan) {
    const saving = yearSaving(priceOf(plan, "month") ?? 0, priceOf(plan, "year") ?? Infinity);
    return saving ? `\u2212${rate(saving.basisPoints)}` : "";
  }

  function intervalSwitch() {
    const sold = intervalsOf(chosen());
    return segmented({
      legend: t("interval.label"), value: interval, change: chooseInterval,
      choices: ["month", "year"].map((value) => ({
        value, label: t(`interval.${value}`), disabled: !sold.includes(value), note: value === "year" && sold.length === 2 ? savingNote(chosen()) : "",
      })),
    });
  }

  /** Redraws, with the focus where it was. */
  function draw() {
    const focused = document.activeElement?.closest(".plan-choices, .segmented") ? document.activeElement : null;
    const place = focused?.closest(".plan-choices") ? options : term;
    const value = focused?.value;
    fill(options, plans.map(option));
    counter = stepper({
      label: t(interval === "year" ? "checkout.years" : "checkout.months"), value: quantity ?? 1, maximum: MAXIMUM[interval],
      change(count) {
        quantity = count;
        tell();
      },
    });
    fill(term, intervalSwitch(), counter.element);
    if (value) place.querySelector(`input[value="${CSS.escape(value)}"]`)?.focus();
  }

  draw();
  const what = h("fieldset", { class: "plan-set" }, h("legend", { class: "visually-hidden" }, t("checkout.plan")), options);
  return {
    sections: [[t("checkout.plan"), what], [t("checkout.term"), term]],
    /** The API's refusal of the number. @param {string} words */
    failQuantity(words) {
      counter.fail(words);
      counter.control.focus();
    },
    focusQuantity: () => counter.control.focus(),
  };
}
