/**
 * The ready renewal of a reminder's link: what it is, what it costs, and a button. Nobody signs in; the link is all that is
 * known of the person. It stands behind the #, which no server is told, and is kept in the tab for the way back from the
 * payment provider.
 */

import { api } from "../api.js";
import { now } from "../clock.js";
import { providerPicker } from "../checkout/providers.js";
import { isBusy, setBusy } from "../components/controls.js";
import { failure, skeleton } from "../components/notice.js";
import { qrPicture } from "../components/qrpicture.js";
import { shell } from "../components/shell.js";
import { fill, figure, h, phrase } from "../dom.js";
import { date, money, rate, t } from "../i18n.js";
import { icon } from "../icons.js";
import { createPolling } from "../polling.js";
import { passing } from "../storage.js";
import { readTransfer } from "../vietqr.js";
import { termWords } from "../words.js";

const KEY = "goi.renewal";
const WEB = new Set(["https:", "http:"]);

const frame = shell({ title: t("renew.title"), page: "renew", plain: true });
const place = h("div", { class: "stack" });
frame.main.append(place);

/** The link's token: from the address, or kept from before the payment. */
function linkToken() {
  const given = location.hash.slice(1);
  if (given) passing.write(KEY, given);
  return given || passing.read(KEY) || "";
}

const token = linkToken();
const row = (name, value, className = "") => h("div", { class: `sum-row ${className}`.trim() }, h("dt", {}, name), h("dd", {}, figure(value)));

function taxRow(ready) {
  if (!ready.tax_rate_bp) return null;
  const name = t(ready.tax_inclusive ? "checkout.taxIncluded" : "checkout.taxAdded", { rate: rate(ready.tax_rate_bp) });
  return row(name, money(ready.tax, ready.currency), "sum-included");
}

function slip(ready) {
  return h("section", { class: "slip", "aria-label": t("checkout.summary") },
    h("div", { class: "slip-body" }, h("dl", { class: "sum" },
      row(t("checkout.plan"), ready.plan),
      row(t("checkout.term"), termWords(ready.interval, ready.quantity)),
      row(t("checkout.periodLabel"), t("period.range", { start: date(ready.period.start), end: date(ready.period.end) })),
      row(t("checkout.total"), money(ready.total, ready.currency), "sum-total"),
      taxRow(ready))));
}

/** Where somebody with an account can ask for an invoice. */
function withInvoice(ready) {
  const wish = new URLSearchParams({ plan: ready.plan_id, interval: ready.interval, quantity: String(ready.quantity) });
  return h("p", { class: "faint" }, t("renew.invoice"), " ", h("a", { href: `checkout.html?${wish}` }, t("renew.invoiceLink")));
}

function offer(ready, waiting) {
  const trouble = h("div", { "aria-live": "assertive" });
  const picker = providerPicker({ providers: ready.providers, chosen: null, change: () => {} });
  picker.limit(ready.total, ready.currency);
  const button = h("button", { type: "button", class: "button button-accent button-wide", on: { click: () => pay(ready, picker, button, trouble) } }, t("renew.pay"));
  return [
    h("div", { class: "page-head" },
      h("h1", {}, t("renew.title")),
      h("p", { class: "lead" }, phrase(t(Date.parse(ready.ends_at) > now() ? "renew.ends" : "renew.ended"), { plan: ready.plan, date: date(ready.ends_at) }))),
    waiting && h("p", { class: "notice notice-gold", role: "status" }, h("span", { class: "spinner", "aria-hidden": "true" }), h("span", {}, t("renew.waiting"))),
    slip(ready),
    h("section", { class: "panel" }, h("h2", {}, t("checkout.provider")), picker.element),
    trouble, button, withInvoice(ready),
    h("p", { class: "secure faint" }, icon("lock", 18), t("checkout.secure")),
  ];
}

async function pay(ready, picker, button, trouble) {
  if (isBusy(button)) return;
  if (ready.total > 0 && !picker.value) return picker.focus();
  setBusy(button, t("checkout.buying"));
  fill(trouble);
  try {
    leave(await api.renew(token, { payment_provider: picker.value ?? undefined, quote: ready.quote }));
  } catch (error) {
    setBusy(button, "");
    if (error.code === "quote_expired") return load(); // the page was open for long: show what it costs now
    fill(trouble, failure(error));
  }
  return undefined;
}

/** To the provider's page, or with the code to scan on this one. */
function leave({ order, payment }) {
  if (order.status === "pending" && payment?.qr_content && !payment.url) return scan(order, payment);
  if (order.status === "pending" && payment?.url && WEB.has(new URL(payment.url).protocol)) return location.assign(payment.url);
  return polling.start();
}

function scan(order, payment) {
  const transfer = readTransfer(payment.qr_content);
  fill(place,
    h("h1", {}, t("renew.scan")),
    h("section", { class: "panel pay-code" }, qrPicture(payment.qr_content, t("pay.codeSpoken", { amount: money(order.total, order.currency) }))),
    transfer && h("dl", { class: "sum" },
      row(t("pay.bank"), transfer.bank), row(t("pay.account"), transfer.account),
      row(t("pay.amount"), money(transfer.amount, order.currency)), row(t("pay.memo"), transfer.memo)),
    h("p", { class: "notice notice-gold", role: "status" }, h("span", { class: "spinner", "aria-hidden": "true" }), h("span", {}, t("renew.waiting"))));
  frame.status(t("renew.scan"));
  polling.start();
}

function done(ready) {
  fill(place, h("div", { class: "result" },
    h("div", { class: "seal seal-good" }, icon("check", 34)),
    h("h1", {}, t("renew.done")),
    h("p", { class: "lead" }, phrase(t("renew.doneLead"), { plan: ready.plan, date: date(ready.period.start) })),
    h("div", { class: "actions" }, h("a", { class: "button button-accent", href: "account.html" }, t("app.account")))));
  frame.status(t("renew.done"));
}

function refused(error) {
  const over = error.status === 404;
  fill(place, over
    ? [h("h1", {}, t("renew.over")), h("p", { class: "lead" }, t("renew.overLead")), h("a", { class: "button button-accent", href: "plans.html" }, t("app.plans"))]
    : failure(error, { retry: load }));
}

async function load() {
  fill(place, skeleton(2, "skeleton-panel"));
  try {
    const ready = await api.renewal(token);
    if (ready.renewed) return done(ready);
    const back = new URLSearchParams(location.search).has("order");
    fill(place, offer(ready, back));
    if (back) polling.start();
  } catch (error) {
    refused(error);
  }
  return undefined;
}

/** @returns {Promise<boolean>} whether the renewal is there; an answer that fails is asked for again */
async function ask() {
  const ready = await api.renewal(token).catch(() => null);
  if (!ready?.renewed) return false;
  done(ready);
  return true;
}

const polling = createPolling({ ask });

frame.person(null);
load();
