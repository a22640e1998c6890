/** What the views of a result are made of. */

import { api } from "../api.js";
import { isBusy, setBusy } from "../components/controls.js";
import { fill, figure, h, uniqueId } from "../dom.js";
import { dateTime, money, t } from "../i18n.js";
import { icon, providerMark } from "../icons.js";
import { soldWords } from "../offers.js";
import { payingAttempt } from "../outcome.js";
import { providerTitle } from "../provider.js";
import { errorWords, paymentTone, paymentWords } from "../words.js";

const LOOK = {
  waiting: { icon: "clock", tone: "wait" }, long: { icon: "clock", tone: "wait" }, unstarted: { icon: "alert", tone: "wait" },
  done: { icon: "check", tone: "good" }, failed: { icon: "cross", tone: "bad" }, stopped: { icon: "minus", tone: "wait" },
  lapsed: { icon: "clock", tone: "wait" }, cancelled: { icon: "minus", tone: "flat" }, late: { icon: "alert", tone: "wait" },
  expired: { icon: "clock", tone: "flat" }, refunded: { icon: "back", tone: "flat" }, partly: { icon: "back", tone: "good" },
  missing: { icon: "alert", tone: "flat" }, down: { icon: "alert", tone: "flat" },
};

/** Seal, title and what it means. @param {keyof typeof LOOK} state @param {string} title @param {any} lead */
export function heading(state, title, lead) {
  const { icon: name, tone } = LOOK[state];
  return [h("div", { class: `seal seal-${tone}` }, icon(name, 34)), h("h1", {}, title), h("p", { class: "lead" }, lead)];
}

const fact = (name, value) => h("div", { class: "fact" }, h("dt", {}, name), h("dd", {}, value));

/** What was ordered, for how much, how it is paid, under which number. @param {any} order @param {(id: string) => string} planName */
export function facts(order, planName) {
  const paying = payingAttempt(order);
  return h("dl", { class: "facts facts-line" },
    fact(t(order.kind === "addon" ? "addons.title" : "checkout.plan"), soldWords(order, planName)),
    fact(t("result.total"), figure(money(order.total, order.currency), "strong")),
    paying && fact(t("checkout.provider"), providerTitle({ id: paying.provider })),
    fact(t("result.created"), dateTime(order.created_at)),
    fact(t("result.order"), h("code", {}, order.id)));
}

/** Every attempt with how it ended, where there was more than one. @param {any} order */
export function attempts(order) {
  const payments = order.payments ?? [];
  if (payments.length < 2) return null;
  const titleId = uniqueId("attempts");
  return h("section", { class: "panel attempts", "aria-labelledby": titleId },
    h("h2", { id: titleId }, t("result.attempts")),
    h("ol", {}, payments.map((payment) =>
      h("li", { class: "attempt", data: { provider: payment.provider } },
        providerMark({ id: payment.provider }, 28), h("span", {}, providerTitle({ id: payment.provider })),
        h("span", { class: `tag ${paymentTone(payment.status)}`.trim() }, paymentWords(payment.status))))));
}

/** @param {string} href @param {string} text @param {string} className */
export const goLink = (href, text, className) => h("a", { class: `button ${className}`, href }, text);

/** The button that cancels an order, with the question before it. @param {any} order @param {() => void} after */
export function cancelButton(order, after) {
  const button = h("button", { type: "button", class: "button button-quiet", on: { click: () => dialog.showModal() } }, t("result.cancelOrder"));
  const trouble = h("p", { class: "field-error", role: "status" });
  const yes = h("button", { type: "button", class: "button button-bad", on: { click: cancel } }, t("result.cancelYes"));
  const no = h("button", { type: "button", class: "button button-line", on: { click: () => dialog.close() } }, t("result.cancelNo"));
  const dialog = h("dialog", { class: "dialog", "aria-labelledby": "cancel-title" },
    h("h2", { id: "cancel-title" }, t("result.cancelOrder")), h("p", {}, t("result.cancelAsk")), trouble, h("div", { class: "actions" }, no, yes));

  async function cancel() {
    if (isBusy(yes)) return;
    setBusy(yes, t("app.loading"));
    try {
      await api.cancel(order.id);
      dialog.close();
    } catch (error) {
      setBusy(yes, "");
      fill(trouble, errorWords(error));
    }
    after();
  }

  return [button, dialog];
}
