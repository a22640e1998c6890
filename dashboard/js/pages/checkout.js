/** The transaction: what, for how long, with which code, on whose invoice, paid how; every change is quoted at once. */

import { api } from "../api.js";
import { buyerForm } from "../checkout/buyer.js";
import { couponField, isAboutCoupon } from "../checkout/coupon.js";
import { packChoice } from "../checkout/pack.js";
import { planChoice } from "../checkout/plan.js";
import { providerPicker } from "../checkout/providers.js";
import { summary } from "../checkout/summary.js";
import { trialChoice } from "../checkout/trial.js";
import { addressOf, changedWish, intervalsOf, kindOf, onSale, quoteBody, wishFrom } from "../checkout/wish.js";
import { isBusy, setBusy } from "../components/controls.js";
import { empty, failure, skeleton } from "../components/notice.js";
import { shell } from "../components/shell.js";
import { ADDONS } from "../components/topup.js";
import { config } from "../../config.js";
import { fill, h, phrase } from "../dom.js";
import { money, t } from "../i18n.js";
import { icon } from "../icons.js";
import { addonsOf, trialOf } from "../offers.js";
import { leaveForPayment } from "../payment.js";
import { lastProvider, providerName } from "../provider.js";
import { canonical, createPurchase, isFinalRefusal } from "../purchase.js";
import { createQuoter } from "../quote.js";
import { passing } from "../storage.js";
import { errorWords, featuresOf } from "../words.js";

const DRAFT_KEY = "goi.checkout";
const REQUOTE = new Set(["quote_expired", "quote_invalid"]);

const frame = shell({ title: t("checkout.title"), page: "checkout", plain: true });
const place = h("div", {});
const back = h("a", { class: "back", href: "plans.html" }, icon("back", 18), t("checkout.otherPlans"));
const heading = h("h1", {}, t("checkout.title"));
frame.main.append(h("div", { class: "page-head" }, back, heading), place);

/** What this account filled in before the page was left. @param {any} account */
function draftOf(account) {
  const draft = passing.read(DRAFT_KEY);
  return draft?.account === account.account_id ? draft : { account: account.account_id, on: false, values: {}, provider: null };
}

/** What is different where an add-on or a trial is bought: the way back, the heading, the verb. */
function wordsOf(kind, plan) {
  if (kind === "addon") fill(back, icon("back", 18), t("addons.all")).setAttribute("href", ADDONS);
  if (kind !== "trial") return { buy: t("checkout.buy"), buying: t("checkout.buying"), secure: t("checkout.secure") };
  fill(heading, t("trial.of", { plan: plan.name }));
  document.title = `${heading.textContent} · ${config.productName}`;
  return { buy: t("trial.start"), buying: t("trial.starting"), secure: t("trial.secure") };
}

/** What to choose from. */
function choiceFor(kind, { account, catalogue, plans, wish, plan, change }) {
  const { currency } = catalogue;
  if (kind === "trial") return trialChoice({ plan, trial: trialOf(catalogue, plan.id) });
  if (kind === "addon") return packChoice({ addons: addonsOf(catalogue), currency, subscription: account.subscription, wish, change });
  return planChoice({ plans, currency, wish, change });
}

const section = (title, content) => h("section", { class: "panel" }, h("h2", {}, title), content);

/**
 * The page in use.
 * @param {{account: any, catalogue: any, plans: any[], providers: any[]}} known  `plans`: those on sale
 */
function openCheckout({ account, catalogue, plans, providers }) {
  const purchase = createPurchase(passing);
  let wish = wishFrom(new URLSearchParams(location.search), plans, catalogue);
  const kind = kindOf(wish, addonsOf(catalogue));
  const features = featuresOf(catalogue.plans);
  let draft = draftOf(account);
  let told = null; // the total people last saw
  let standing = null; // an order that was made, but whose payment could not be opened

  const plan = () => catalogue.plans.find((one) => one.id === wish.plan_id);
  const words = wordsOf(kind, plan());
  const slip = summary();
  const trouble = h("div", { class: "trouble" });
  const button = h("button", { type: "button", class: "button button-accent button-buy", on: { click: () => buy() } }, words.buy);
  const bar = h("div", { class: "buybar" }, h("span", { class: "buy-figures" }, h("span", { class: "faint" }, t("checkout.total")), slip.total), button);
  const secure = h("p", { class: "secure faint" }, icon("lock", 18), words.secure);
  const quoter = createQuoter({ ask: api.quote, show: showQuote });

  const keepDraft = (change) => passing.write(DRAFT_KEY, (draft = { ...draft, ...change }));

  /** What the slip needs to know of what is sold. */
  function sold() {
    const addon = addonsOf(catalogue).find((one) => one.id === wish.plan_id);
    return { kind, quotas: addon ? [{ feature: addon.feature, name: features.nameOf(addon.feature), type: "metered" }] : plan().quotas };
  }

  const choice = choiceFor(kind, { account, catalogue, plans, wish, plan: plan(), change: changeWish });
  const coupon = couponField({
    apply: (code) => changeWish({ coupon_code: code }, { now: true }),
    remove() {
      changeWish({ coupon_code: "" }, { now: true });
      frame.status(t("checkout.couponRemoved"));
    },
  });
  const buyer = buyerForm({ email: account.email, on: draft.on && kind !== "trial", values: draft.values, change: keepDraft });
  const picker = providerPicker({ providers, chosen: draft.provider ?? lastProvider(), change: (provider) => keepDraft({ provider }) });

  function changeWish(change, options) {
    wish = changedWish(wish, change);
    history.replaceState(null, "", addressOf(wish));
    fill(trouble);
    const body = quoteBody(wish);
    if (body) return quoter.request(body, options);
    slip.clear();
    return quoter.clear();
  }

  function showQuote({ status, wish: asked, quote, error }) {
    if (status === "asking") slip.busy(true);
    if (status === "ready") showFigures(asked, quote);
    if (status === "failed") showRefusal(asked, error);
  }

  function showFigures(asked, quote) {
    bar.hidden = secure.hidden = false;
    slip.show(quote, sold(), asked.coupon_code ?? "");
    picker.limit(quote.total, quote.currency);
    if (asked.coupon_code) coupon.accept(asked.coupon_code);
    if (told !== quote.total) frame.status(t("checkout.totalSpoken", { amount: money(quote.total, quote.currency) }));
    told = quote.total;
  }

  function showRefusal(asked, error) {
    if (asked.coupon_code && isAboutCoupon(error)) return refuseCoupon(asked.coupon_code, error);
    coupon.release();
    if (error.code === "quantity_out_of_range") choice.failQuantity(errorWords(error));
    if (!isFinalRefusal(error)) return slip.fail(error, { retry: () => quoter.request(asked, { now: true }) });
    bar.hidden = secure.hidden = error.code === "plan_not_purchasable";
    return slip.fail(error, wayOn(error));
  }

  /** What a refusal is called and where to go from it: the plan that cannot be tried, the plan that an add-on needs. */
  function wayOn(error) {
    if (error.code !== "plan_not_purchasable" || kind === "plan") return {};
    const offered = kind === "trial" && plans.includes(plan());
    const href = offered ? addressOf({ plan_id: wish.plan_id, interval: intervalsOf(plan())[0], quantity: 1, coupon_code: "" }) : "plans.html";
    const text = offered ? t("plans.subscribePlan", { plan: plan().name }) : t("home.seePlans");
    return { title: t(kind === "trial" ? "trial.refused" : "addons.refused"), way: h("a", { class: "button button-line button-small", href }, text) };
  }

  function refuseCoupon(code, error) {
    coupon.refuse(code, errorWords(error));
    frame.status(errorWords(error));
    changeWish({ coupon_code: "" }, { now: true });
  }

  /** Whether all is there; otherwise the focus goes where something is missing. */
  function complete() {
    if (wish.quantity === null) choice.focusQuantity();
    else if (!buyer.check()) return false;
    else if (quoter.state.status === "failed") slip.element.scrollIntoView({ block: "center" });
    else if (quoter.state.status !== "ready") frame.status(t("checkout.calculating"));
    else if (quoter.state.quote.total > 0 && !picker.value) picker.focus();
    else return true;
    return false;
  }

  function nextAttempt() {
    const { quote } = quoter.state;
    const rest = { payment_provider: picker.value ?? undefined, invoice: buyer.invoice };
    return purchase.begin(account.account_id, { wish, total: quote.total, ...rest }, { quote: quote.quote, ...rest });
  }

  /** What was agreed to but for the way to pay, as one text. */
  const agreed = () => canonical({ wish, total: quoter.state.quote?.total, invoice: buyer.invoice });

  async function buy({ again = false } = {}) {
    if ((isBusy(button) && !again) || !complete()) return;
    setBusy(button, words.buying);
    fill(trouble);
    if (standing?.agreed === agreed()) return payStanding(standing);
    const attempt = nextAttempt();
    try {
      const { order, payment } = await api.buy(attempt.key, attempt.body);
      purchase.ordered(order.id);
      await leaveForPayment(order, attempt.orderId ? null : payment, picker.value);
    } catch (error) {
      await recover(error, again);
    }
  }

  async function recover(error, again) {
    if (error.code === "provider_unavailable") return offerOtherWays(error);
    if (!isFinalRefusal(error)) return complain(failure(error), h("p", { class: "muted" }, t("checkout.unsettled", { button: words.buy })));
    purchase.refused();
    if (REQUOTE.has(error.code)) return renewQuote(again);
    setBusy(button, "");
    if (isAboutCoupon(error) && wish.coupon_code) {
      refuseCoupon(wish.coupon_code, error);
      return coupon.focus();
    }
    if (error.code === "quantity_out_of_range") return choice.failQuantity(errorWords(error));
    if (buyer.refuse(error)) return undefined;
    return complain(failure(error, wayOn(error)));
  }

  /** The order of this purchase, where it was made although its payment could not be opened. */
  async function orderThatStands() {
    const total = quoter.state.quote?.total;
    const { items } = await api.orders(null).catch(() => ({ items: [] }));
    const same = ({ status, plan_id: plan, interval, quantity, total: sum }) =>
      status === "pending" && plan === wish.plan_id && interval === wish.interval && quantity === wish.quantity && sum === total;
    return items.find(same) ?? null;
  }

  /** An order that stands is paid in another way, not made again; where none does, only the same key may try again. */
  async function offerOtherWays(error) {
    const order = await orderThatStands();
    if (!order) return complain(failure(error), h("p", { class: "muted" }, t("checkout.unsettled", { button: words.buy })));
    const silent = providers.find(({ id }) => id === picker.value);
    standing = { order, agreed: agreed() };
    purchase.ordered(order.id);
    picker.silence(silent.id);
    return complain(h("p", { class: "notice notice-gold", role: "alert" }, h("span", {}, phrase(t("checkout.silent"), { name: providerName(silent) }))));
  }

  /** Another attempt at the order that stands. */
  async function payStanding({ order }) {
    try {
      const { payment } = await api.payAgain(order.id, picker.value);
      await leaveForPayment(order, payment, null);
    } catch (error) {
      if (error.code === "provider_unavailable") return offerOtherWays(error);
      standing = null;
      return complain(failure(error));
    }
  }

  function complain(...words) {
    setBusy(button, "");
    fill(trouble, words);
    trouble.scrollIntoView({ block: "center" });
  }

  /** The quote was too old: with a new one of the same total the purchase goes on, once; otherwise people decide. */
  async function renewQuote(again) {
    const before = quoter.state.quote;
    const { status, quote } = await quoter.request(quoteBody(wish), { now: true });
    if (status !== "ready") return setBusy(button, "");
    if (quote.total === before.total && !again) return buy({ again: true });
    const text = quote.total === before.total
      ? t("checkout.quoteRenewed", { button: words.buy })
      : phrase(t("checkout.totalChanged"), { before: money(before.total, before.currency), after: money(quote.total, quote.currency) });
    return complain(h("p", { class: "notice notice-gold", role: "alert" }, h("span", {}, text)));
  }

  fill(place, h("form", { class: "checkout", novalidate: true, on: { submit: (event) => event.preventDefault() } },
    h("div", { class: "checkout-form" },
      choice.sections.map(([title, content]) => section(title, content)),
      kind !== "trial" && [
        section(t("checkout.coupon"), coupon.element),
        h("section", { class: "panel" }, buyer.element),
        section(t("checkout.provider"), picker.element),
      ]),
    h("aside", { class: "checkout-side", "aria-label": t("checkout.summary") },
      slip.element, trouble, bar, secure)));

  document.addEventListener("visibilitychange", () => document.hidden || quoter.renewIfDue());
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    setBusy(button, "");
    changeWish({}, { now: true });
  });
  changeWish({}, { now: true });
}

async function load() {
  fill(place, skeleton(3, "skeleton-panel"));
  try {
    const [account, catalogue, { providers }] = await Promise.all([api.account(), api.plans(), api.providers()]);
    frame.person(account);
    const plans = onSale(catalogue.plans);
    if (plans.length) openCheckout({ account, catalogue, plans, providers });
    else fill(place, empty(t("plans.empty")));
  } catch (error) {
    fill(place, failure(error, { title: t("checkout.failed"), retry: load }));
  }
}

load();
