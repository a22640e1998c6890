/**
 * Paying by bank transfer: the QR code and what it says, each to be copied, until the money is there. The page asks for the
 * order again and again; a bank's app never leads back here.
 */

import { config } from "../../config.js";
import { api } from "../api.js";
import { providerPicker } from "../checkout/providers.js";
import { isBusy, setBusy } from "../components/controls.js";
import { copyRow } from "../components/copy.js";
import { save } from "../components/download.js";
import { failure, skeleton } from "../components/notice.js";
import { qrFile, qrPicture } from "../components/qrpicture.js";
import { shell } from "../components/shell.js";
import { countDown } from "../countdown.js";
import { fill, figure, h, phrase } from "../dom.js";
import { dateTime, money, t } from "../i18n.js";
import { icon } from "../icons.js";
import { leaveForPayment } from "../payment.js";
import { createPolling } from "../polling.js";
import { createPurchase } from "../purchase.js";
import { usesLocalLogin } from "../session.js";
import { passing } from "../storage.js";
import { readTransfer } from "../vietqr.js";

const PAUSES = [2000, 2000, 3000, 3000, 4000, 5000]; // people look at their phone meanwhile
const FULFILLED = new Set(["fulfilled", "partially_refunded", "refunded"]);

const frame = shell({ title: t("pay.title"), page: "pay", plain: true });
const place = h("div", {});
frame.main.append(place);

const orderId = new URLSearchParams(location.search).get("order") ?? "";
const resultAddress = `result.html?order=${encodeURIComponent(orderId)}`;
const leave = () => location.replace(resultAddress);
let shown = "";
let stopCounting = () => {};

/** The attempt whose code is to be shown. @param {any} order */
const attemptOf = (order) => order.payments.filter((payment) => payment.status === "open" && payment.qr_content).at(-1) ?? null;

/** A code in groups that lines break between; its text stays one word. @param {string} text */
const grouped = (text) => (text.match(/^.{1,3}|.{1,4}/g) ?? []).map((part) => h("span", { class: "group" }, part));

function details(order, payment) {
  const transfer = readTransfer(payment.qr_content);
  if (!transfer) return null;
  const row = (name, text, value) => copyRow({ name: t(name), text, shown: value, say: frame.status });
  return h("dl", { class: "copy-rows" },
    h("div", { class: "copy-row" }, h("div", { class: "copy-main" }, h("dt", {}, t("pay.bank")), h("dd", { class: "copy-value" }, transfer.bank))),
    row("pay.account", transfer.account),
    row("pay.amount", String(transfer.amount), figure(money(transfer.amount, order.currency))),
    row("pay.memo", transfer.memo, grouped(transfer.memo)));
}

/** The time that is left; when it is over, a new code can be had. */
function timeLeft(order, payment) {
  const left = h("div", { class: "pay-time" });
  const show = (words) => fill(left, icon("clock", 18), h("span", {}, phrase(t("pay.timeLeft"), { time: words, date: dateTime(payment.expires_at) })));
  const over = () => fill(left, h("div", { class: "stack" }, h("p", {}, t("pay.over")), renewButton(order, payment)));
  stopCounting();
  stopCounting = countDown({ until: payment.expires_at, show, over });
  return left;
}

function renewButton(order, payment) {
  const renew = () => payWith(order, payment.provider, button);
  const button = h("button", { type: "button", class: "button button-line", on: { click: renew } }, t("pay.renew"));
  return button;
}

/** Another attempt: at the same provider a new code, at another one its own page. */
async function payWith(order, provider, button) {
  if (isBusy(button)) return;
  setBusy(button, t("checkout.buying"));
  try {
    const { payment } = await api.payAgain(order.id, provider);
    await leaveForPayment(order, payment, null);
  } catch (error) {
    setBusy(button, "");
    button.after(failure(error));
  }
}

/** The other ways to pay, where there are any. */
function otherWays(order, payment) {
  const element = h("div", {});
  offerOthers(order, payment, element);
  return element;
}

async function offerOthers(order, payment, element) {
  const { providers } = await api.providers().catch(() => ({ providers: [] }));
  const others = providers.filter((provider) => provider.id !== payment.provider);
  if (!others.length) return;
  const picker = providerPicker({ providers: others, chosen: null, change: () => {} });
  picker.limit(order.total, order.currency);
  const button = h("button", { type: "button", class: "button button-accent", on: { click: () => picker.value && payWith(order, picker.value, button) } }, t("pay.otherGo"));
  fill(element, h("details", { class: "panel others" }, h("summary", {}, t("pay.other")), h("div", { class: "stack" }, picker.element, button)));
}

function saveButton(payment) {
  const name = `vietqr-${readTransfer(payment.qr_content)?.memo || payment.id}.png`;
  const saveFile = async () => {
    const file = await qrFile(payment.qr_content);
    if (file) save(file, name);
  };
  return h("button", { type: "button", class: "button button-line", on: { click: saveFile } }, icon("download", 18), t("pay.save"));
}

/** On one machine nobody has a bank's app: its simulator takes the code. */
function simulator(payment) {
  if (!usesLocalLogin()) return null;
  return h("a", { class: "button button-quiet", href: `${config.apiBase}/local/pay/${payment.id}`, target: "_blank", rel: "noopener" }, t("pay.simulator"));
}

function waiting(order, payment) {
  return h("div", { class: "pay" },
    h("div", { class: "page-head centred" },
      h("h1", {}, t("pay.title")),
      h("p", { class: "lead" }, phrase(t("pay.lead"), { amount: money(order.total, order.currency) }))),
    h("div", { class: "pay-grid" },
      h("section", { class: "panel pay-code", "aria-label": t("pay.code") },
        qrPicture(payment.qr_content, t("pay.codeSpoken", { amount: money(order.total, order.currency) })),
        h("div", { class: "actions" }, saveButton(payment), simulator(payment))),
      h("section", { class: "panel", "aria-label": t("pay.details") },
        details(order, payment),
        h("p", { class: "notice notice-gold" }, icon("alert", 20), h("span", {}, t("pay.memoWarning"))))),
    h("div", { class: "panel pay-state" },
      h("p", { class: "strong" }, h("span", { class: "spinner", "aria-hidden": "true" }), t("pay.waiting")),
      h("p", { class: "muted" }, t("pay.waitingLead")),
      timeLeft(order, payment)),
    otherWays(order, payment),
    h("p", { class: "centred" }, h("a", { href: resultAddress }, t("pay.toOrder"))));
}

function paid(order) {
  return h("div", { class: "result pay-paid" },
    h("div", { class: "seal seal-good" }, icon("check", 34)),
    h("h1", {}, t("pay.paid")),
    h("p", { class: "lead" }, phrase(t("pay.paidLead"), { amount: money(order.total, order.currency) })),
    h("div", { class: "actions" }, h("a", { class: "button button-accent", href: resultAddress }, t("pay.toResult"))));
}

/** Draws what is new and says so aloud. */
function show(state, draw) {
  if (state === shown) return;
  shown = state;
  fill(place, draw());
  frame.status(place.querySelector("h1").textContent);
}

/** @returns {boolean} whether nothing more is to be waited for */
function receive(order) {
  if (FULFILLED.has(order.status)) {
    stopCounting();
    createPurchase(passing).settled(order.id);
    document.title = `${t("pay.paid")} · ${config.productName}`;
    show("paid", () => paid(order));
    return true;
  }
  const payment = attemptOf(order);
  if (order.status !== "pending" || !payment) {
    leave(); // the result page knows what to say and how to go on
    return true;
  }
  show(payment.id, () => waiting(order, payment));
  return false;
}

async function ask() {
  try {
    return receive(await api.order(orderId));
  } catch (error) {
    if (error.status === 404) leave();
    else if (!shown) fill(place, failure(error, { retry: polling.askNow }));
    return error.status === 404;
  }
}

const polling = createPolling({ ask, pauses: PAUSES });

fill(place, skeleton(2, "skeleton-panel"));
api.account().then(frame.person, () => {});
if (orderId) polling.start();
else leave();
