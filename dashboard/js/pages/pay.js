/**
 * Paying by bank transfer: the QR code and what it says, each to be copied, until the money is there. The page asks for the
 * order again and again; a bank's app never leads back here.
 */

import { config } from "../../config.js";
import { api } from "../api.js";
import { anotherWay, startAttempt } from "../components/another.js";
import { copyRow } from "../components/copy.js";
import { save } from "../components/download.js";
import { failure, skeleton } from "../components/notice.js";
import { qrFile, qrPicture } from "../components/qrpicture.js";
import { shell } from "../components/shell.js";
import { countDown } from "../countdown.js";
import { fill, figure, h, phrase, spoken } from "../dom.js";
import { dateTime, money, t } from "../i18n.js";
import { icon } from "../icons.js";
import { outcomeOf } from "../outcome.js";
import { createPolling } from "../polling.js";
import { createPurchase } from "../purchase.js";
import { usesLocalLogin } from "../session.js";
import { passing } from "../storage.js";
import { readTransfer } from "../vietqr.js";

const PAUSES = [2000, 2000, 3000, 3000, 4000, 5000]; // people look at their phone meanwhile

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
    row("pay.bank", transfer.bank),
    row("pay.account", transfer.account),
    row("pay.amount", String(transfer.amount), figure(money(transfer.amount, order.currency))),
    row("pay.memo", transfer.memo, grouped(transfer.memo)));
}

/** Where it says how things stand: waiting with the time that is left, or over with a way forward. */
function state(order, payment) {
  const left = h("span", {});
  const trouble = h("div", { class: "trouble" });
  const element = h("div", { class: "panel pay-state" });
  const show = (words) => fill(left, phrase(t("pay.timeLeft"), { time: words, date: dateTime(payment.expires_at) }));
  const waiting = () => fill(element,
    h("p", { class: "pay-waiting" }, h("span", { class: "spinner", "aria-hidden": "true" }), h("span", { class: "strong" }, t("pay.waiting"))),
    h("p", { class: "muted" }, t("pay.waitingLead")),
    h("p", { class: "pay-time" }, icon("clock", 18), left),
    transferred(order));
  const over = () => {
    const renew = () => startAttempt({ order, provider: { id: payment.provider }, button, trouble });
    const button = h("button", { type: "button", class: "button button-accent", on: { click: renew } }, t("pay.renew"));
    element.classList.add("is-over");
    fill(element, h("p", { class: "strong" }, t("pay.overTitle")), h("p", {}, t("pay.over")), trouble, h("div", { class: "actions" }, button));
    queueMicrotask(() => frame.status(t("pay.overTitle"))); // after what is said when the page is drawn
  };
  waiting();
  stopCounting();
  stopCounting = countDown({ until: payment.expires_at, show, over });
  return element;
}

/** For those who have sent the money and wonder: we look at once, and say what happens next; nothing is claimed. */
function transferred(order) {
  const answer = h("div", { class: "trouble" });
  const tell = () => {
    polling.askNow();
    frame.status(`${t("pay.checking")}. ${t("pay.checkingLead")}`);
    button.hidden = true;
    fill(answer, h("div", { class: "notice" }, icon("clock", 20), h("div", { class: "notice-text" },
      h("p", { class: "notice-title" }, t("pay.checking")),
      h("p", {}, t("pay.checkingLead")),
      h("p", { class: "muted" }, t("pay.checkingLong"), " ", h("a", { href: `mailto:${config.contactEmail}?subject=${encodeURIComponent(order.id)}` }, config.contactEmail)))));
  };
  const button = h("button", { type: "button", class: "button button-line button-wide", on: { click: tell } }, t("pay.transferred"));
  return h("div", { class: "stack" }, button, answer);
}

/** Another amount, another memo, twice: what then? */
function mistakes() {
  return h("details", { class: "panel others" },
    h("summary", {}, t("pay.mistake")),
    h("div", { class: "stack" }, h("p", {}, t("pay.mistakeLead")), h("p", {}, t("pay.mistakeOver"))));
}

function otherWays(order, payment) {
  return h("details", { class: "panel others" },
    h("summary", {}, t("pay.other")),
    anotherWay({ order, label: t("pay.otherGo"), without: payment.provider }));
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
  const amount = money(order.total, order.currency);
  return h("div", { class: "pay" },
    h("div", { class: "page-head centred" },
      h("h1", {}, t("pay.title")),
      h("p", { class: "lead" }, phrase(t("pay.lead"), { amount }))),
    h("div", { class: "pay-grid" },
      h("section", { class: "panel pay-code", "aria-label": t("pay.code") },
        qrPicture(payment.qr_content, t("pay.codeSpoken", { amount })),
        h("p", { class: "pay-total" }, spoken(`${t("pay.amount")}: `), figure(amount)),
        h("div", { class: "actions" }, saveButton(payment), simulator(payment))),
      h("section", { class: "panel pay-details", "aria-label": t("pay.details") },
        details(order, payment),
        h("p", { class: "notice notice-gold" }, icon("alert", 20), h("span", {}, t("pay.memoWarning")))),
      state(order, payment),
      h("div", { class: "pay-more" }, mistakes(), otherWays(order, payment))),
    h("p", { class: "centred" }, h("a", { class: "button button-quiet", href: resultAddress }, t("pay.toOrder"))));
}

function paid(order) {
  return h("div", { class: "result pay-paid" },
    h("div", { class: "seal seal-good" }, icon("check", 34)),
    h("h1", {}, t("pay.paid")),
    h("p", { class: "lead" }, phrase(t("pay.paidLead"), { amount: money(order.total, order.currency) })),
    h("div", { class: "actions" }, h("a", { class: "button button-accent", href: resultAddress }, t("pay.toResult"))));
}

/** Draws what is new and says so aloud. */
function show(view, draw) {
  if (view === shown) return;
  shown = view;
  fill(place, draw());
  frame.status(place.querySelector("h1").textContent);
}

/** @returns {boolean} whether nothing more is to be waited for */
function receive(order) {
  const outcome = outcomeOf(order);
  if (outcome === "done") {
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
