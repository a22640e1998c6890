/** Sentences about plans, terms and errors. Figures come from the API; only the wording is made here. */

import { hasText, money, number, plural, t } from "./i18n.js";

/** @param {{prices: {interval: string, amount: number}[]}} plan @param {string} interval */
export const priceOf = (plan, interval) => plan.prices.find((price) => price.interval === interval)?.amount ?? null;

/** Whether a plan costs nothing, and so is not bought. */
export const isFree = (plan) => !plan.contact_sales && plan.prices.every((price) => price.amount === 0);

/** Whether a plan can be bought for some interval. */
export const isPurchasable = (plan) => !plan.contact_sales && !isFree(plan);

/**
 * What buying a plan is to an account: "subscribe", "renew", "upgrade" or "downgrade". Compared as the API does it, with
 * the highest plan among the terms that run or come.
 * @param {any} plan @param {any[]} plans @param {any} subscription  null without an account
 */
export function changeOf(plan, plans, subscription) {
  const paid = new Set((subscription?.terms ?? []).map((term) => term.plan_id));
  const held = plans.filter((one) => paid.has(one.id));
  if (!held.length) return "subscribe";
  const top = held.reduce((highest, one) => (one.rank > highest.rank ? one : highest));
  if (top.id === plan.id) return "renew";
  return plan.rank > top.rank ? "upgrade" : "downgrade";
}

/** "3 tháng", "1 year". @param {string} interval @param {number} quantity */
export const termWords = (interval, quantity) => plural(interval === "year" ? "years" : "months", quantity);

/** "Token" -> "token" within a sentence; "API" and names keep their letters. @param {string} name */
export function inSentence(name) {
  const [first = "", second = ""] = name;
  return second && second === second.toLowerCase() ? first.toLowerCase() + name.slice(1) : name;
}

/**
 * A quota in parts: the figure to stress, the rest, and the time it is for.
 * @param {{name: string, type: string, amount: number, per: string | null}} quota
 * @returns {{figure: string, name: string, note: string, included: boolean}}
 */
export function quotaWords(quota) {
  if (quota.type === "switch") return { figure: "", name: quota.name, note: "", included: quota.amount > 0 };
  if (quota.type === "limit") {
    const name = t("quota.limit", { amount: number(quota.amount), name: quota.name });
    return { figure: "", name, note: "", included: quota.amount > 0 };
  }
  const note = { month: t("quota.perMonth"), term: t("quota.perTerm") }[quota.per] ?? "";
  return { figure: number(quota.amount), name: inSentence(quota.name), note, included: quota.amount > 0 };
}

/**
 * The features as the plans have them: their names, and balances in their order.
 * @param {any[]} plans
 * @returns {{nameOf: (feature: string) => string, inOrder: (balances: any[]) => any[]}}
 */
export function featuresOf(plans) {
  const names = new Map(plans.flatMap((plan) => plan.quotas.map((quota) => [quota.feature, quota.name])));
  const places = [...names.keys()];
  const place = ({ feature }) => (names.has(feature) ? places.indexOf(feature) : places.length);
  return {
    nameOf: (feature) => names.get(feature) ?? feature,
    inOrder: (balances) => [...balances].sort((a, b) => place(a) - place(b)),
  };
}

/** @param {any[]} plans @returns {(planId: string) => string} */
export function planNames(plans) {
  const names = new Map(plans.map((plan) => [plan.id, plan.name]));
  return (planId) => names.get(planId) ?? planId ?? "";
}

const GATEWAY = { 404: "error.notFound", 413: "error.tooLarge", 429: "error.busy" };

/**
 * What to tell people about an error: the API's own words where it has some, ours otherwise.
 * @param {any} error
 */
export function errorWords(error) {
  if (error?.kind === "problem" && error.detail) return error.detail;
  if (error?.kind === "network") return t("error.network");
  if (error?.status in GATEWAY) return t(GATEWAY[error.status]);
  return t(error?.status >= 400 && error.status < 500 ? "error.refused" : "error.server");
}

/** "Hoàn tất" for "fulfilled"; an unknown word as it is. @param {string} status */
export const statusWords = (status) => (hasText(`status.${status}`) ? t(`status.${status}`) : status);

const PAYMENT_TONES = { succeeded: "tag-good", open: "tag-gold", failed: "tag-bad" };

/** "Đã trả" for an attempt that "succeeded". @param {string} status */
export const paymentWords = (status) => (hasText(`payment.${status}`) ? t(`payment.${status}`) : status);

/** The look of its tag. @param {string} status */
export const paymentTone = (status) => PAYMENT_TONES[status] ?? "";

/** Why an attempt failed, and what helps. @param {string | undefined} kind  `failure` of the attempt */
export const failureWords = (kind) => (kind && hasText(`failure.${kind}`) ? t(`failure.${kind}`) : t("result.failedLead"));

/** @param {string} kind  of a document @returns {string} */
export const documentWords = (kind) => (hasText(`document.${kind}`) ? t(`document.${kind}`) : t("result.document"));

/**
 * The rows between the lines and the total of a quote or an order: label and signed amount.
 * @param {any} figures
 * @returns {{key: string, label: string, amount: string}[]}
 */
export function reductionRows(figures) {
  const code = figures.coupon_code;
  const labels = {
    discount: code ? t("checkout.discountCode", { code }) : t("checkout.discount"),
    credit: t("checkout.credit"),
    waived: t("checkout.waived"),
  };
  return Object.entries(labels)
    .filter(([key]) => figures[key] > 0)
    .map(([key, label]) => ({ key, label, amount: money(-figures[key], figures.currency) }));
}
