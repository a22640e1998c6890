/** The choice of a plan: a card for each, by month or by year. */

import { config } from "../../config.js";
import { api } from "../api.js";
import { addressOf } from "../checkout/wish.js";
import { addonSection } from "../components/addons.js";
import { segmented } from "../components/controls.js";
import { empty, failure, skeleton } from "../components/notice.js";
import { shell } from "../components/shell.js";
import { figure, fill, h, phrase } from "../dom.js";
import { yearSaving, monthlyShare } from "../format.js";
import { date, money, rate, t } from "../i18n.js";
import { icon } from "../icons.js";
import { lengthWords, trialOf, trialState } from "../offers.js";
import { token } from "../session.js";
import { passing } from "../storage.js";
import { changeOf, featuresOf, isFree, priceOf, quotaWords } from "../words.js";

const INTERVAL_KEY = "goi.interval";

const frame = shell({ title: t("plans.title"), page: "plans" });
const chooser = h("div", { class: "plans-switch" });
const cards = h("div", { class: "plans-body" });
frame.main.append(
  h("div", { class: "page-head centred" }, h("h1", {}, t("plans.title")), h("p", { class: "lead" }, t("plans.lead")), chooser),
  cards);

let interval = new URLSearchParams(location.search).get("interval") ?? passing.read(INTERVAL_KEY) ?? "month";
if (interval !== "year") interval = "month";

/** @param {any} plan  what a year of it saves, in money and basis points */
function savingOf(plan) {
  const [month, year] = [priceOf(plan, "month"), priceOf(plan, "year")];
  return month && year ? yearSaving(month, year) : null;
}

function price(plan, currency) {
  if (plan.contact_sales) return h("p", { class: "price price-words" }, t("plans.contactPrice"));
  if (isFree(plan)) return [h("p", { class: "price" }, figure(money(0, currency))), h("p", { class: "price-note muted" }, t("plans.freeNote"))];
  const amount = priceOf(plan, interval);
  if (amount === null) return h("p", { class: "price price-words muted" }, t("plans.notInterval"));
  const unit = t(interval === "year" ? "interval.perYear" : "interval.perMonth");
  return [
    h("p", { class: "price" }, figure(money(amount, currency)), h("span", { class: "price-unit" }, unit)),
    interval === "year" && yearNotes(plan, amount, currency),
  ];
}

function yearNotes(plan, amount, currency) {
  const saving = savingOf(plan);
  return [
    h("p", { class: "price-note" }, phrase(t("plans.equivalent"), { amount: money(monthlyShare(amount), currency) })),
    saving && h("p", { class: "price-saving" },
      h("strong", {}, t("plans.saving", { percent: rate(saving.basisPoints) })), ", ", phrase(t("plans.savingAmount"), { amount: money(saving.amount, currency) })),
  ];
}

function quotaList(plan) {
  return h("ul", { class: "card-list", "aria-label": t("quota.list") }, plan.quotas.map((quota) => {
    const words = quotaWords(quota);
    return words.included && h("li", {}, icon("check", 18),
      h("span", {}, words.figure && figure(`${words.figure} `, "strong"), words.name, words.note && h("span", { class: "faint" }, ` ${words.note}`)));
  }));
}

function highlightList(plan) {
  if (!plan.highlights.length) return null;
  return h("ul", { class: "card-highlights", "aria-label": t("quota.highlights") }, plan.highlights.map((text) => h("li", {}, text)));
}

const link = (href, text, spokenText, accent) =>
  h("a", { class: `button button-wide ${accent ? "button-accent" : "button-line"}`, href, "aria-label": spokenText }, text);

/** The offer to try a plan: to visitors, and to accounts that may have their trial. */
function trialOffer(plan, { catalogue, subscription }) {
  const trial = trialOf(catalogue, plan.id);
  if (!trial || subscription?.trial_available === false) return null;
  const length = lengthWords(trial);
  const href = addressOf({ plan_id: plan.id, interval: "month", quantity: 1, coupon_code: "", trial: true });
  return link(href, t("trial.offer", { length }), t("trial.offerPlan", { length, plan: plan.name }), true);
}

/** Whether all the time an account has is a trial: then nothing is renewed or downgraded yet. */
const isOnlyTrial = (subscription) => subscription?.terms.length > 0 && subscription.terms.every((term) => term.trial);

function purchase(plan, shared) {
  const change = changeOf(plan, shared.catalogue.plans, shared.subscription);
  const onlyTrial = isOnlyTrial(shared.subscription);
  const address = (more) => `checkout.html?${new URLSearchParams({ plan: plan.id, interval, ...more })}`;
  const words = (key) => [t(`plans.${key}`), t(`plans.${key}Plan`, { plan: plan.name })];
  const offer = trialOffer(plan, shared);
  return [
    offer,
    link(address(), ...words(onlyTrial && change !== "upgrade" ? "after" : change), !offer && (plan.featured || change === "renew")),
    change === "renew" && h("a", { class: "card-more", href: address({ start: "now" }), "aria-label": words(onlyTrial ? "now" : "more")[1] }, words(onlyTrial ? "now" : "more")[0]),
  ];
}

function action(plan, shared) {
  if (plan.contact_sales) {
    const subject = encodeURIComponent(t("plans.contactSubject", { plan: plan.name }));
    return link(`mailto:${config.contactEmail}?subject=${subject}`, t("plans.contact"), null, false);
  }
  if (isFree(plan)) return shared.signedIn ? h("p", { class: "card-included" }, t("plans.freeIncluded")) : link("index.html", t("plans.freeAction"), null, false);
  if (priceOf(plan, interval) === null) return h("button", { type: "button", class: "button button-line button-wide", disabled: true }, t("plans.subscribe"));
  return purchase(plan, shared);
}

/** Whether the account is on this plan: the paid one, or the free one while nothing is paid. */
function isCurrent(plan, subscription) {
  if (!subscription) return false;
  return subscription.status === "active" ? subscription.plan_id === plan.id : isFree(plan);
}

/** "Gói hiện tại đến 23/12/2026", "Đang dùng thử đến 07/12/2026". */
function currentWords(subscription) {
  const trial = trialState(subscription);
  if (trial && !trial.over && !trial.followed) return t("trial.badge", { date: date(trial.end) });
  return subscription.status === "active" ? `${t("plans.current")} ${t("plans.until", { date: date(subscription.current_period_end) })}` : t("plans.current");
}

function card(plan, shared) {
  const { subscription } = shared;
  const current = isCurrent(plan, subscription);
  return h("li", { class: `plan-card ${plan.featured ? "is-featured" : ""} ${current ? "is-current" : ""}`, data: { plan: plan.id } },
    h("div", { class: "card-badges" },
      current && h("span", { class: "tag tag-good" }, icon("check", 16), currentWords(subscription)),
      plan.featured && !current && h("span", { class: "tag tag-gold" }, t("plans.featured"))),
    h("h2", { class: "card-name" }, plan.name),
    h("p", { class: "card-description muted" }, plan.description),
    h("div", { class: "card-price" }, price(plan, shared.catalogue.currency)),
    h("div", { class: "card-action" }, action(plan, shared)),
    h("div", { class: "card-gains" }, quotaList(plan), highlightList(plan)));
}

function bestSaving(plans) {
  const best = Math.max(0, ...plans.map((plan) => savingOf(plan)?.basisPoints ?? 0));
  return best > 0 ? t("plans.savingUpTo", { percent: rate(best) }) : "";
}

function show(catalogue, account) {
  const shared = { catalogue, subscription: account?.subscription, signedIn: Boolean(account) };
  const plans = [...catalogue.plans].sort((a, b) => a.rank - b.rank);
  const more = addonSection({ catalogue, features: featuresOf(catalogue.plans), subscription: account?.subscription });
  const draw = () => fill(cards,
    h("ul", { class: "plan-cards" }, plans.map((plan) => card(plan, shared))),
    more,
    h("p", { class: "centred faint" }, t(catalogue.tax_inclusive ? "plans.taxIncluded" : "plans.taxExcluded")));
  if (!plans.length) return fill(cards, empty(t("plans.empty")));
  fill(chooser, segmented({
    legend: t("interval.label"), hideLegend: true, value: interval,
    choices: [{ value: "month", label: t("interval.month") }, { value: "year", label: t("interval.year"), note: bestSaving(plans) }],
    change(value) {
      interval = value;
      passing.write(INTERVAL_KEY, value);
      draw();
      frame.status(t(`interval.${value}`));
    },
  }));
  draw();
  if (location.hash === "#addons" && more) showAddons(more);
  return undefined;
}

/** A link led to the add-ons, which were not there yet when the page was opened. */
function showAddons(section) {
  section.scrollIntoView();
  section.querySelector("h2").focus({ preventScroll: true });
}

/** The account where somebody is signed in; the plans are shown without it if it cannot be had. */
async function whoever() {
  if (!(await token())) return null;
  return api.account().catch(() => null);
}

async function load() {
  fill(cards, skeleton(4, "skeleton-card"));
  const person = whoever();
  person.then(frame.person);
  try {
    show(await api.plans(), await person);
  } catch (error) {
    fill(cards, failure(error, { title: t("plans.failed"), retry: load }));
  }
}

load();
