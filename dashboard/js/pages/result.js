/**
 * The result of a purchase. What the provider's return address says is never looked at: the order itself is asked for,
 * until it has reached an end. Every state has a way forward.
 */

import { api } from "../api.js";
import { addressOf } from "../checkout/wish.js";
import { anotherWay, startAttempt } from "../components/another.js";
import { shell } from "../components/shell.js";
import { fill, h, phrase } from "../dom.js";
import { date, money, t } from "../i18n.js";
import { lastAttempt, openAttempt, outcomeOf, secondPayment } from "../outcome.js";
import { namedOf, soldWords } from "../offers.js";
import { createPolling } from "../polling.js";
import { providerName } from "../provider.js";
import { createPurchase } from "../purchase.js";
import { createProceeds } from "../result/document.js";
import { attempts, cancelButton, facts, goLink, heading } from "../result/parts.js";
import { passing } from "../storage.js";
import { failureWords, featuresOf, planNames } from "../words.js";

const LONG_AFTER = 18; // questions: about two minutes
const GIVE_UP_AFTER = 90; // about a quarter of an hour
const DOCUMENT_QUESTIONS = 12;
const SILENT_FAILURES = 2; // one lost answer does not take the page away from under somebody's hands
const ENDED = new Set(["done", "cancelled", "late", "expired"]);

const frame = shell({ title: t("result.title"), page: "result", plain: true });
const place = h("div", { class: "result" });
frame.main.append(place);

// Some providers add their parameters with a second question mark.
const orderId = (new URLSearchParams(location.search).get("order") ?? "").split("?")[0];
const purchase = createPurchase(passing);
const names = { plan: planNames([]), features: featuresOf([]) };
const proceeds = createProceeds(() => names.features);
let asked = 0;
let failures = 0;
let askedSinceDone = 0;
let shown = "";
let shownState = "";

const planName = (id) => names.plan(id);

function newPurchase(order, className = "button-line") {
  const link = goLink(addressOf({ ...order, coupon_code: order.coupon_code ?? "", trial: order.kind === "trial" }), t("result.newPurchase"), className);
  link.addEventListener("click", () => purchase.settled(order.id));
  return link;
}

/** The way back to a page that is still open, for those who came away from it without paying. */
function reopen(order, payment) {
  const trouble = h("div", { class: "trouble" });
  const provider = { id: payment.provider };
  const button = h("button", { type: "button", class: "button button-line button-wide", on: { click: () => startAttempt({ order, provider, button, trouble }) } },
    t("result.toPayment", { name: providerName(provider) }));
  return [button, trouble];
}

function notPaidYet(order, payment) {
  return h("section", { class: "panel unpaid", "aria-labelledby": "unpaid-title" },
    h("h2", { id: "unpaid-title" }, t("result.notPaid")),
    h("p", { class: "muted" }, t("result.notPaidLead")),
    payment && reopen(order, payment),
    h("details", { class: "others" },
      h("summary", {}, t("pay.other")),
      anotherWay({ order, label: t("pay.otherGo"), without: payment?.provider ?? null })));
}

const cancelling = (order) => cancelButton(order, polling.askNow);

function waiting(order, state) {
  return [
    heading(state, t(`result.${state}`), t(`result.${state}Lead`)),
    h("div", { class: "progress", "aria-hidden": "true" }, h("span", {})),
    state === "long" && h("button", { type: "button", class: "button button-accent", on: { click: () => polling.askNow() } }, t("result.checkNow")),
    facts(order, planName),
    notPaidYet(order, openAttempt(order)),
    attempts(order),
    h("div", { class: "actions" }, cancelling(order)),
  ];
}

function leadOf(order, state) {
  const last = lastAttempt(order);
  if (state === "failed") return failureWords(last.failure);
  return t(`result.${state}Lead`, { name: providerName({ id: last.provider }) });
}

/** The last attempt came to nothing; the order stands, and can be paid in any way. */
function unpaid(order, state) {
  return [
    heading(state, t(`result.${state}`), leadOf(order, state)),
    h("section", { class: "panel unpaid", "aria-labelledby": "again-title" },
      h("h2", { id: "again-title" }, t("result.again")),
      anotherWay({ order, label: t("result.tryAgain"), chosen: lastAttempt(order).provider, failed: () => polling.askNow() })),
    facts(order, planName),
    attempts(order),
    h("div", { class: "actions" }, newPurchase(order, "button-quiet"), cancelling(order)),
  ];
}

function doneHeading(order) {
  const amounts = { amount: money(order.refunded, order.currency), total: money(order.total, order.currency) };
  if (order.status === "refunded") return heading("refunded", t("result.refunded"), phrase(t("result.refundedLead"), amounts));
  if (order.status === "partially_refunded") return heading("partly", t("result.partly"), phrase(t("result.partlyLead"), amounts));
  const title = t(order.total === 0 ? "result.doneFree" : "result.done");
  const day = date(order.period?.end);
  if (order.kind === "trial") return heading("done", t("trial.running", { plan: planName(order.plan_id) }), phrase(t("trial.runningLead"), { date: day }));
  if (order.kind === "addon") return heading("done", title, phrase(t("addons.doneLead"), { name: soldWords(order, planName), date: day }));
  return heading("done", title, phrase(t("result.doneLead"), { plan: planName(order.plan_id), date: day }));
}

function done(order) {
  const second = secondPayment(order);
  return [
    doneHeading(order),
    second && h("p", { class: "notice notice-gold", role: "note" }, h("span", {}, t(`result.${second}`))),
    proceeds.element,
    facts(order, planName),
    attempts(order),
    h("div", { class: "actions" }, goLink("index.html", t("result.toHome"), "button-accent"), goLink("account.html", t("result.toAccount"), "button-line")),
  ];
}

function over(order, state) {
  return [
    heading(state, t(`result.${state}`), t(`result.${state}Lead`)),
    facts(order, planName),
    attempts(order),
    h("div", { class: "actions" },
      state !== "late" && newPurchase(order, "button-accent"), goLink("account.html#orders", t("result.toOrders"), "button-line")),
  ];
}

const VIEWS = {
  waiting, long: waiting, failed: unpaid, stopped: unpaid, lapsed: unpaid, unstarted: unpaid,
  done, cancelled: over, late: over, expired: over,
};

/** Whether somebody is choosing another way to pay: that is not taken away only because waiting has become long. */
const isChoosing = (state) => state === "long" && shownState === "waiting" && place.querySelector("details[open]");

/** Draws a state when it is another than before, and says so aloud. */
function show(state, order) {
  const seen = JSON.stringify([state, { ...order, invoice_id: null }]);
  if (seen === shown || isChoosing(state)) return;
  shown = seen;
  shownState = state;
  fill(place, VIEWS[state](order, state));
  const title = place.querySelector("h1").textContent;
  if (state !== "waiting" && state !== "long") document.title = `${title} · ${t("result.title")}`;
  frame.status(title);
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
  const outcome = outcomeOf(order);
  if (ENDED.has(outcome)) purchase.settled(order.id);
  show(outcome === "waiting" && asked > LONG_AFTER ? "long" : outcome, order);
  if (outcome !== "done") return ENDED.has(outcome) || asked > GIVE_UP_AFTER;
  askedSinceDone += 1;
  proceeds.complete(order, askedSinceDone > DOCUMENT_QUESTIONS);
  return Boolean(order.invoice_id) || order.kind === "trial" || askedSinceDone > DOCUMENT_QUESTIONS + 1;
}

async function ask() {
  asked += 1;
  try {
    const order = await api.order(orderId);
    failures = 0;
    return receive(order);
  } catch (error) {
    if (!error.kind) console.error(error); // a fault of these pages, not an answer of the API
    failures += 1;
    const missing = error.status === 404;
    if (missing || !shown || failures > SILENT_FAILURES) showWithoutOrder(missing ? "missing" : "down");
    return missing || asked > GIVE_UP_AFTER;
  }
}

const polling = createPolling({ ask });

async function load() {
  if (!orderId) return showWithoutOrder("missing");
  const catalogue = api.plans().then((found) => Object.assign(names, { plan: planNames(namedOf(found)), features: featuresOf(found.plans) }), () => {});
  api.account().then(frame.person, () => {});
  await catalogue;
  return polling.start();
}

load();
