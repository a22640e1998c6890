/** The account: plan and its end, balances, orders, documents. Each part loads and fails on its own. */

import { api } from "../api.js";
import { now } from "../clock.js";
import { features, meters } from "../components/balances.js";
import { documentNumber, downloadButton } from "../components/download.js";
import { empty, failure, skeleton } from "../components/notice.js";
import { pager } from "../components/pager.js";
import { shell } from "../components/shell.js";
import { ADDONS } from "../components/topup.js";
import { figure, fill, h, phrase } from "../dom.js";
import { date, dateTime, money, t } from "../i18n.js";
import { icon } from "../icons.js";
import { addonsOf, namedOf, soldWords, trialState } from "../offers.js";
import { payingAttempt, secondPayment } from "../outcome.js";
import { providerName } from "../provider.js";
import { documentWords, featuresOf, planNames, statusWords } from "../words.js";

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
  const trial = trialState(subscription);
  const endName = t(subscription.status === "active" ? "account.until" : "account.endedOn");
  return [
    h("dl", { class: "facts" },
      subscription.current_period_start && fact(t("account.since"), date(subscription.current_period_start)),
      trial && fact(t(trial.over ? "account.endedOn" : "trial.until"), figure(date(trial.end), "strong")),
      (!trial || trial.followed) && fact(endName, figure(date(subscription.current_period_end), "strong"))),
    trial && !trial.followed && h("p", {}, t(trial.over ? "trial.overLead" : "trial.afterwards")),
  ];
}

/** "Đang dùng", "Đang dùng thử", "Đã hết dùng thử". */
function stateTag(subscription) {
  const active = subscription.status === "active";
  return h("span", { class: active ? "tag tag-good" : "tag tag-bad" }, t(subscription.trial ? `trial.${subscription.status}` : `account.${subscription.status}`));
}

/** The way on from the plan: to subscribe to what is or was tried, otherwise to all plans. */
function planLink(subscription, nameOf) {
  const trial = trialState(subscription);
  const [href, text] = trial && !trial.followed
    ? [`checkout.html?plan=${encodeURIComponent(subscription.plan_id)}`, t("plans.subscribePlan", { plan: nameOf(subscription.plan_id) })]
    : ["plans.html", t("home.seePlans")];
  return h("a", { class: "button button-gold", href }, text, icon("arrow", 18));
}

/** Terms that have not begun. */
function coming(terms, nameOf) {
  const later = (terms ?? []).filter((term) => Date.parse(term.start) > now());
  if (!later.length) return null;
  return [h("h3", {}, t("account.terms")), h("ul", { class: "terms" }, later.map((term) =>
    h("li", {}, h("span", { class: "strong" }, nameOf(term.plan_id)), " ", figure(t("period.range", { start: date(term.start), end: date(term.end) }), "faint"))))];
}

function planPanel(account, nameOf) {
  const { subscription } = account;
  const title = subscription.status === "none" ? t("account.none") : nameOf(subscription.plan_id);
  return h("section", { class: "panel plan-panel", id: "plan", "aria-labelledby": "plan-title" },
    h("p", { class: "eyebrow" }, t("account.plan")),
    h("h2", { id: "plan-title" }, title, subscription.status !== "none" && stateTag(subscription)),
    planFacts(subscription),
    coming(subscription.terms, nameOf),
    planLink(subscription, nameOf),
    h("p", { class: "plan-person" }, account.email));
}

function balancePanel(account, catalogue) {
  const known = featuresOf(catalogue.plans);
  const others = features(account, known);
  return h("section", { class: "panel", id: "balances", "aria-labelledby": "balances-title" },
    h("div", { class: "panel-head" },
      h("h2", { id: "balances-title" }, t("account.balances")),
      addonsOf(catalogue).length > 0 && h("a", { href: ADDONS }, t("addons.title"))),
    meters(account, known, catalogue) ?? empty(t("account.balancesEmpty")),
    others && [h("h3", {}, t("account.features")), others]);
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
      h("span", { class: "strong" }, soldWords(order, nameOf)),
      orderNotes(order)),
    h("span", { class: `tag ${tone}`.trim() }, statusWords(order.status)),
    figure(money(order.total, order.currency), "row-amount"),
    h("a", { class: `button ${pending ? "button-accent" : "button-quiet"} button-small`, href: `result.html?order=${encodeURIComponent(order.id)}`, "aria-label": t(words[1], { date: day }) }, t(words[0])));
}

function invoiceRow(invoice) {
  return h("li", { class: "row", data: { invoice: invoice.id } },
    h("div", { class: "row-main" },
      h("span", { class: "strong" }, documentWords(invoice.kind)),
      (invoice.lines ?? []).map((line) => h("span", {}, line.description)),
      h("span", { class: "faint" }, documentNumber(invoice), invoice.issued_at && ` · ${date(invoice.issued_at)}`)),
    figure(money(invoice.total, invoice.currency), "row-amount"),
    downloadButton(invoice, { quiet: true }));
}

let asked = null;
/** What is sold, for its names: asked for once, and again after a failure; nothing here waits for it in vain. */
const catalogue = () => (asked ??= api.plans().catch(() => {
  asked = null;
  return { plans: [], addons: [] };
}));

async function loadOverview() {
  fill(overview, skeleton(2, "skeleton-panel"));
  try {
    const [account, sold] = await Promise.all([api.account(), catalogue()]);
    frame.person(account);
    fill(overview, planPanel(account, planNames(sold.plans)), balancePanel(account, sold));
  } catch (error) {
    fill(overview, failure(error, { retry: loadOverview }));
  }
}

async function loadLists() {
  const nameOf = planNames(namedOf(await catalogue()));
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
