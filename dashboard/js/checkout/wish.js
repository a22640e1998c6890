/** What is to be bought, kept in the address so that links, reloads and the back button find it again. */

import { isPurchasable, priceOf } from "../words.js";

/** The most that can be bought at once (the API refuses more). */
export const MAXIMUM = { month: 36, year: 3 };
const INTERVALS = ["month", "year"];

/**
 * @typedef {{plan_id: string, interval: "month" | "year", quantity: number | null, coupon_code: string, start?: "now", trial?: true}} Wish
 *   `plan_id` may be an add-on's, which counts packs by `quantity`; `quantity` is null while what was typed is no number
 *   in range; `start` is there to run alongside the time paid for, `trial` to try the plan
 */

/** The intervals a plan is sold for. @param {any} plan */
export const intervalsOf = (plan) => INTERVALS.filter((interval) => priceOf(plan, interval) !== null);

/**
 * The wish of an address, made possible with the plans on sale.
 * @param {URLSearchParams} query
 * @param {any[]} plans  purchasable ones, at least one
 * @param {{addons?: any[], trials?: any[]}} [more]  of GET /plans
 * @returns {Wish}
 */
export function wishFrom(query, plans, { addons = [], trials = [] } = {}) {
  const coupon = query.get("coupon")?.trim() ?? "";
  const addon = addons.find((one) => one.id === query.get("plan"));
  if (addon) return { plan_id: addon.id, interval: "month", quantity: quantityFrom(query, "month"), coupon_code: coupon };
  const tried = query.get("trial") === "1" && trials.find((trial) => trial.plan_id === query.get("plan"));
  if (tried) return { plan_id: tried.plan_id, interval: "month", quantity: 1, coupon_code: "", trial: true };
  const plan = plans.find((one) => one.id === query.get("plan")) ?? plans.find((one) => one.featured) ?? plans[0];
  const wanted = query.get("interval");
  const intervals = intervalsOf(plan);
  const interval = intervals.includes(wanted) ? wanted : intervals[0];
  return { plan_id: plan.id, interval, quantity: quantityFrom(query, interval), coupon_code: coupon, ...(query.get("start") === "now" && { start: "now" }) };
}

/** The number of an address, 1 where it is none that can be bought. */
function quantityFrom(query, interval) {
  const quantity = Number(query.get("quantity"));
  return Number.isInteger(quantity) && quantity >= 1 && quantity <= MAXIMUM[interval] ? quantity : 1;
}

/** What kind of thing is wished: as orders call it. @param {Wish} wish @param {any[]} addons @returns {"plan" | "addon" | "trial"} */
export function kindOf({ plan_id: id, trial }, addons) {
  if (trial) return "trial";
  return addons.some((addon) => addon.id === id) ? "addon" : "plan";
}

/** A changed wish: what was to run alongside one plan is bought in the usual way once another plan is chosen. @param {Wish} wish @param {Partial<Wish>} change @returns {Wish} */
export function changedWish(wish, change) {
  const { start, ...rest } = { ...wish, ...change };
  return start && rest.plan_id === wish.plan_id ? { ...rest, start } : rest;
}

/** The plans that can be bought, cheapest rank first. @param {any[]} plans */
export const onSale = (plans) => plans.filter(isPurchasable).sort((a, b) => a.rank - b.rank);

/** @param {Wish} wish */
export function addressOf({ plan_id: plan, interval, quantity, coupon_code: coupon, start, trial }) {
  const query = new URLSearchParams({ plan, interval, quantity: String(quantity ?? 1) });
  if (coupon) query.set("coupon", coupon);
  if (start) query.set("start", start);
  if (trial) query.set("trial", "1");
  return `checkout.html?${query}`;
}

/** The body of POST /quotes; null while the wish is incomplete. @param {Wish} wish */
export function quoteBody({ plan_id, interval, quantity, coupon_code: coupon, start, trial }) {
  if (quantity === null) return null;
  return { plan_id, interval, quantity, ...(coupon && { coupon_code: coupon }), ...(start && { start }), ...(trial && { trial }) };
}
