/** The account: plan and its end, balances, orders, documents. Each part loads and fails on its own. */

import { api } from "../api.js";
import { features, meters } from "../components/balances.js";
import { documentNumber, downloadButton } from "../components/download.js";
import { empty, failure, skeleton } from "../components/notice.js";
import { pager } from "../components/pager.js";
import { shell } from "../components/shell.js";
import { figure, fill, h, phrase } from "../dom.js";
import { date, dateTime, money, t } from "../i18n.js";
import { icon } from "../icons.js";
import { payingAttempt, secondPayment } from "../outcome.js";
import { providerName } from "../provider.js";
import { documentWords, featuresOf, planNames, statusWords, termWords } from "../words.js";

const frame = shell({ title: t("account.title"), page: "account" });
const overview = h("div", { class: "account-overview" });
const orders = h("div", {});
const invoices = h("div", {});

const panel = (id, title, content) =>
  h("section", { class: "panel", id, "aria-labelledby": `${id}-title` }, h("h2", { id: `${id}-title` }, title), content);

frame.main.append(
  h("div", { class: "page-head" }, h("h1", {}, t("account.title"))),
  overview,
  h("div", { class: "account-lists" }, panel("orders", t("account.orders"), orders), panel("invoices", t("account.invoices"), invoices)));

const fact = (name, value) => h("div", { class: "fact" }, h("dt", {}, name), h("dd", {}, value));

function planFacts(subscription) {
  if (subscription.status === "none") return h("p", { class: "muted" }, t("account.noneLead"));
  const endName = t(subscription.status === "active" ? "account.until" : "account.endedOn");
  return h("dl", { class: "facts" },
    subscription.current_period_start && fact(t("account.since"), date(subscription.current_period_start)),
    fact(endName, figure(date(subscription.current_period_end), "strong")));
}

/** Terms that have not begun. */
function coming(terms, nameOf) {
  const later = (terms ?? []).filter((term) => Date.parse(term.start) > Date.now());
  if (!later.length) return null;
  return [h("h3", {}, t("account.terms")), h("ul", { class: "terms" }, later.map((term) =>
    h("li", {}, h("span", { class: "strong" }, nameOf(term.plan_id)), " ", figure(t("period.range", { start: date(term.start), end: date(term.end) }), "faint"))))];
}

function planPanel(account, nameOf) {
  const { subscription } = account;
  const title = subscription.status === "none" ? t("account.none") : nameOf(subscription.plan_id);
  const active = subscription.status === "active";
  return h("section", { class: "panel plan-panel", id: "plan", "aria-labelledby": "plan-title" },
    h("p", { class: "eyebrow" }, t("account.plan")),
    h("h2", { id: "plan-title" }, title, subscription.status !== "none" && h("span", { class: active ? "tag tag-good" : "tag tag-bad" }, t(`account.${subscription.status}`))),
    planFacts(subscription),
    coming(subscription.terms, nameOf),
    h("a", { class: "button button-gold", href: "plans.html" }, t("home.seePlans"), icon("arrow", 18)),
    h("p", { class: "plan-person" }, account.email));
}

function balancePanel(account, known) {
  const others = features(account, known);
  return panel("balances", t("account.balances"), [
    meters(account, known) ?? empty(t("account.balancesEmpty")),
    others && [h("h3", {}, t("account.features")), others],
  ]);
}

/** How an order is or was paid, and what of it was given back. */
function orderNotes(order) {
  const paying = payingAttempt(order);
  const back = order.refunded > 0 && phrase(t("account.orderRefunded"), { amount: money(order.refunded, order.currency) });
  return [
    h("span", { class: "faint" }, dateTime(order.created_at), paying && ` · ${providerName({ id: paying.provider })}`),
    back && h("span", { class: "faint strong" }, back),
    secondPayment(order) === "twice" && h("span", { class: "faint strong" }, t("account.orderTwice")),
  ];
}

function orderRow(order, nameOf) {
  const day = date(order.created_at);
  const pending = order.status === "pending";
  const words = pending ? ["account.orderPay", "account.orderPayOf"] : ["account.orderOpen", "account.orderOpenOf"];
  const tone = { fulfilled: "tag-good", pending: "tag-gold" }[order.status] ?? "";
  return h("li", { class: "row", data: { order: order.id } },
    h("div", { class: "row-main" },
      h("span", { class: "strong" }, nameOf(order.plan_id), ", ", termWords(order.interval, order.quantity)),
      orderNotes(order)),
    h("span", { class: `tag ${tone}`.trim() }, statusWords(order.status)),
    figure(money(order.total, order.currency), "row-amount"),
    h("a", { class: `button ${pending ? "button-accent" : "button-quiet"} button-small`, href: `result.html?order=${encodeURIComponent(order.id)}`, "aria-label": t(words[1], { date: day }) }, t(words[0])));
}

function invoiceRow(invoice) {
  return h("li", { class: "row", data: { invoice: invoice.id } },
    h("div", { class: "row-main" },
      h("span", { class: "strong" }, documentWords(invoice.kind)),
      h("span", { class: "faint" }, documentNumber(invoice), invoice.issued_at && ` · ${date(invoice.issued_at)}`)),
    figure(money(invoice.total, invoice.currency), "row-amount"),
    downloadButton(invoice, { quiet: true }));
}

let asked = null;
/** The plans, for their names: asked for once, and again after a failure; nothing here waits for them in vain. */
const catalogue = () => (asked ??= api.plans().then(({ plans }) => plans, () => {
  asked = null;
  return [];
}));

async function loadOverview() {
  fill(overview, skeleton(2, "skeleton-panel"));
  try {
    const [account, plans] = await Promise.all([api.account(), catalogue()]);
    frame.person(account);
    fill(overview, planPanel(account, planNames(plans)), balancePanel(account, featuresOf(plans)));
  } catch (error) {
    fill(overview, failure(error, { retry: loadOverview }));
  }
}

async function loadLists() {
  const nameOf = planNames(await catalogue());
  const lists = [
    [orders, pager({ load: api.orders, row: (order) => orderRow(order, nameOf), none: () => empty(t("account.ordersEmpty"), t("account.ordersEmptyLead")) })],
    [invoices, pager({ load: api.invoices, row: invoiceRow, none: () => empty(t("account.invoicesEmpty"), t("account.invoicesEmptyLead")) })],
  ];
  for (const [place, list] of lists) {
    fill(place, list.element);
    list.start();
  }
}

loadOverview();
loadLists();
