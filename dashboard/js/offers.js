/** What is sold besides plans, add-ons in packs and trials; and what an order of each is called. */

import { date, number, plural, t } from "./i18n.js";
import { termWords } from "./words.js";

/** The add-ons of GET /plans. @param {any} catalogue @returns {any[]} */
export const addonsOf = (catalogue) => catalogue?.addons ?? [];

/** Everything that has a name of its own: plans and add-ons. @param {any} catalogue @returns {any[]} */
export const namedOf = (catalogue) => [...(catalogue?.plans ?? []), ...addonsOf(catalogue)];

/**
 * The trial of a plan, null where it has none.
 * @param {any} catalogue @param {string} planId
 * @returns {{plan_id: string, months: number | null, days: number | null} | null}
 */
export const trialOf = (catalogue, planId) => (catalogue?.trials ?? []).find((trial) => trial.plan_id === planId) ?? null;

/** "14 ngày", "1 month". @param {{months: number | null, days: number | null}} trial */
export const lengthWords = ({ months, days }) => [months && plural("months", months), days && plural("days", days)].filter(Boolean).join(" ");

/** Whether an add-on lasts as long as the time paid for, so that it needs some. */
export const needsPlan = (addon) => !addon.valid_months;

/** Whether an account may buy an add-on now; a visitor may try. @param {any} addon @param {any} subscription */
export const isWithinReach = (addon, subscription) => !needsPlan(addon) || !subscription || subscription.status === "active";

/** How long an add-on is good. @param {any} addon @param {any} subscription  null without an account */
export function validityWords(addon, subscription) {
  if (!needsPlan(addon)) return t("addons.validMonths", { length: plural("months", addon.valid_months) });
  return subscription?.status === "active" ? t("addons.validUntil", { date: date(subscription.current_period_end) }) : t("addons.validPlan");
}

/**
 * What an order is of: "Chuyên nghiệp, 3 tháng", "1 triệu token AI × 2", "Dùng thử gói Chuyên nghiệp".
 * @param {any} order @param {(id: string) => string} nameOf  of plans and add-ons
 */
export function soldWords(order, nameOf) {
  const name = nameOf(order.plan_id);
  if (order.kind === "trial") return t("trial.of", { plan: name });
  if (order.kind === "addon") return order.quantity > 1 ? t("addons.times", { name, count: number(order.quantity) }) : name;
  return `${name}, ${termWords(order.interval, order.quantity)}`;
}

/**
 * An account's trial, null where its time is none: when it ends, whether it has, and whether paid time follows.
 * @param {any} subscription
 * @returns {{end: string, over: boolean, followed: boolean} | null}
 */
export function trialState(subscription) {
  if (!subscription?.trial) return null;
  const end = subscription.terms.find((term) => term.trial)?.end ?? subscription.current_period_end;
  return { end, over: subscription.status !== "active", followed: Date.parse(subscription.current_period_end) > Date.parse(end) };
}
