/**
 * The result of a purchase. What the provider's return address says is never looked at: the order itself is asked for,
 * until it has reached an end.
 */

import { api } from "../api.js";
import { meters } from "../components/balances.js";
import { isBusy, setBusy } from "../components/controls.js";
import { downloadButton } from "../components/download.js";
import { failure } from "../components/notice.js";
import { shell } from "../components/shell.js";
import { providerPicker } from "../checkout/providers.js";
import { addressOf } from "../checkout/wish.js";
import { fill, figure, h } from "../dom.js";
import { date, dateTime, money, t } from "../i18n.js";
import { icon } from "../icons.js";
import { leaveForPayment, openPayment } from "../payment.js";
import { createPolling } from "../polling.js";
import { createPurchase } from "../purchase.js";
import { passing } from "../storage.js";
import { documentWords, errorWords, featuresOf, planNames, termWords } from "../words.js";

const LONG_AFTER = 18; // questions: about two minutes
const GIVE_UP_AFTER = 90; // about a quarter of an hour
const DOCUMENT_QUESTIONS = 12;
const FULFILLED = new Set(["fulfilled", "partially_refunded", "refunded"]);

const frame = shell({ title: t("result.title"), page: "result", plain: true });
const place = h("div", { class: "result" });
frame.main.append(place);

// Some providers add their parameters with a second question mark.
const orderId = (new URLSearchParams(location.search).get("order") ?? "").split("?")[0];
const purchase = createPurchase(passing);
const names = { plan: planNames([]), features: featuresOf([]) };
let asked = 0;
let askedSinceDone = 0;
let shown = "";

/** @typedef {"waiting" | "long" | "failed" | "done" | "cancelled" | "expired" | "missing" | "down"} State */

/** What an order's figures mean for its buyer. @param {any} order @returns {State} */
function stateOf(order) {
  if (FULFILLED.has(order.status)) return "done";
  if (order.status === "cancelled" || order.status === "expired") return order.status;
  const states = (order.payments ?? []).map((payment) => payment.status);
  if (states.length && !states.includes("open") && !states.includes("succeeded")) return "failed";
  return asked > LONG_AFTER ? "long" : "waiting";
}

const LOOK = {
  waiting: { icon: "clock", tone: "wait" }, long: { icon: "clock", tone: "wait" }, done: { icon: "check", tone: "good" },
  failed: { icon: "cross", tone: "bad" }, cancelled: { icon: "minus", tone: "flat" }, expired: { icon: "clock", tone: "flat" },
  missing: { icon: "alert", tone: "flat" }, down: { icon: "alert", tone: "flat" },
};

function heading(state, title, lead) {
  const { icon: name, tone } = LOOK[state];
  return [
    h("div", { class: `seal seal-${tone}` }, icon(name, 34)),
    h("h1", {}, title), h("p", { class: "lead" }, lead),
  ];
}

const fact = (name, value) => h("div", { class: "fact" }, h("dt", {}, name), h("dd", {}, value));

function facts(order) {
  return h("dl", { class: "facts facts-line" },
    fact(t("checkout.plan"), `${names.plan(order.plan_id)}, ${termWords(order.interval, order.quantity)}`),
    fact(t("result.total"), figure(money(order.total, order.currency), "strong")),
    fact(t("result.created"), dateTime(order.created_at)),
    fact(t("result.order"), h("code", {}, order.id)));
}

const goLink = (href, text, className) => h("a", { class: `button ${className}`, href }, text);

function newPurchase(order, className = "button-line") {
  const link = goLink(addressOf({ ...order, coupon_code: order.coupon_code ?? "" }), t("result.newPurchase"), className);
  link.addEventListener("click", () => purchase.settled(order.id));
  return link;
}

function waiting(order, state) {
  const open = openPayment(order);
  return [
    heading(state, t(`result.${state}`), t(`result.${state}Lead`)),
    h("div", { class: "progress", "aria-hidden": "true" }, h("span", {})),
    facts(order),
    h("div", { class: "actions" },
      state === "long" && h("button", { type: "button", class: "button button-accent", on: { click: () => polling.askNow() } }, t("result.checkNow")),
      open && h("a", { class: "button button-line", href: open.url }, t("result.toPayment")),
      cancelButton(order)),
  ];
}

function failed(order) {
  const again = h("div", { class: "stack again" });
  offerAnother(order, again);
  return [heading("failed", t("result.failed"), t("result.failedLead")), facts(order), again, h("div", { class: "actions" }, newPurchase(order, "button-quiet"), cancelButton(order))];
}

/** Another attempt at the same order. */
async function offerAnother(order, element) {
  const { providers } = await api.providers().catch(() => ({ providers: [] }));
  if (!providers.length) return;
  const before = order.payments.at(-1)?.provider ?? null;
  const picker = providerPicker({ providers, chosen: before, change: () => {} });
  picker.limit(order.total, order.currency);
  const trouble = h("div", {});
  const button = h("button", { type: "button", class: "button button-accent button-wide", on: { click: () => payAgain(order, picker, button, trouble) } }, t("result.tryAgain"));
  fill(element, providers.length > 1 && picker.element, trouble, button);
}

async function payAgain(order, picker, button, trouble) {
  if (isBusy(button)) return;
  setBusy(button, t("checkout.buying"));
  try {
    const { payment } = await api.payAgain(order.id, picker.value);
    await leaveForPayment(order, payment, null);
  } catch (error) {
    setBusy(button, "");
    fill(trouble, failure(error));
    polling.askNow();
  }
}

function cancelButton(order) {
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
    polling.askNow();
  }

  return [button, dialog];
}

function doneTitle(order) {
  if (order.status === "refunded") return t("result.refunded");
  return t(order.total === 0 ? "result.doneFree" : "result.done");
}

function done(order) {
  const lead = t("result.doneLead", { plan: names.plan(order.plan_id), date: date(order.period?.end) });
  return [
    heading("done", doneTitle(order), lead),
    order.refunded > 0 && h("p", { class: "notice notice-gold" }, t("result.refundedLead", { amount: money(order.refunded, order.currency) })),
    h("div", { class: "result-grid" },
      h("section", { class: "panel", "aria-labelledby": "credited-title" }, h("h2", { id: "credited-title" }, t("result.credited")), creditedPart),
      h("section", { class: "panel", "aria-labelledby": "document-title" }, h("h2", { id: "document-title" }, t("result.document")), documentPart)),
    facts(order),
    h("div", { class: "actions" }, goLink("index.html", t("result.toHome"), "button-accent"), goLink("account.html", t("result.toAccount"), "button-line")),
  ];
}

const creditedPart = h("div", {});
const documentPart = h("div", { class: "stack" });
let account = null;

/** The parts of the finished view that come on their own. */
async function completeDone(order) {
  showDocument(order);
  try {
    account ??= await api.account();
    fill(creditedPart, meters(account, names.features));
    showDocument(order);
  } catch (error) {
    fill(creditedPart, failure(error, { retry: () => completeDone(order) }));
  }
}

let documentShown = "";
async function showDocument(order) {
  if (!order.invoice_id) return fill(documentPart, h("p", { class: "muted" }, t(askedSinceDone > DOCUMENT_QUESTIONS ? "result.documentLater" : "result.documentComing")));
  if (documentShown === order.invoice_id + Boolean(account)) return undefined;
  documentShown = order.invoice_id + Boolean(account);
  const invoice = await api.invoice(order.invoice_id).catch(() => ({ id: order.invoice_id }));
  return fill(documentPart,
    h("p", { class: "strong" }, documentWords(invoice.kind)),
    account?.email && h("p", { class: "mailed muted" }, icon("mail", 18), t("result.mailedTo", { email: account.email })),
    downloadButton(invoice));
}

function other(order, state) {
  return [heading(state, t(`result.${state}`), t(`result.${state}Lead`)), facts(order), h("div", { class: "actions" }, newPurchase(order, "button-accent"), goLink("account.html#orders", t("result.toOrders"), "button-line"))];
}

const VIEWS = { waiting, long: waiting, failed, done, cancelled: other, expired: other };

/** Draws a state when it is another than before, and says so aloud. */
function show(state, order) {
  const seen = JSON.stringify([state, order && { ...order, invoice_id: null }]);
  if (seen === shown) return;
  shown = seen;
  if (state !== "waiting" && state !== "long") document.title = `${t(`result.${state}`)} · ${t("result.title")}`;
  fill(place, VIEWS[state](order, state));
  frame.status(place.querySelector("h1").textContent);
}

function showWithoutOrder(state) {
  if (state === shown) return;
  shown = state;
  fill(place, heading(state, t(`result.${state}`), t(`result.${state}Lead`)), h("div", { class: "actions" },
    state === "down" && h("button", { type: "button", class: "button button-accent", on: { click: () => polling.askNow() } }, t("result.checkNow")),
    goLink("account.html#orders", t("result.toOrders"), "button-line"), goLink("index.html", t("result.toHome"), "button-quiet")));
  frame.status(t(`result.${state}`));
}

/** @returns {boolean} whether nothing more is to be waited for */
function receive(order) {
  const state = stateOf(order);
  if (state === "done" || state === "cancelled" || state === "expired") purchase.settled(order.id);
  show(state, order);
  if (state !== "done") return state === "cancelled" || state === "expired" || asked > GIVE_UP_AFTER;
  askedSinceDone += 1;
  completeDone(order);
  return Boolean(order.invoice_id) || askedSinceDone > DOCUMENT_QUESTIONS + 1;
}

async function ask() {
  asked += 1;
  try {
    return receive(await api.order(orderId));
  } catch (error) {
    const missing = error.status === 404;
    showWithoutOrder(missing ? "missing" : "down");
    return missing || asked > GIVE_UP_AFTER;
  }
}

const polling = createPolling({ ask });

async function load() {
  if (!orderId) return showWithoutOrder("missing");
  const catalogue = api.plans().then(({ plans }) => Object.assign(names, { plan: planNames(plans), features: featuresOf(plans) }), () => {});
  api.account().then(frame.person, () => {});
  await catalogue;
  return polling.start();
}

load();
