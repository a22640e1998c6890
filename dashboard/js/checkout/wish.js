/** What is to be bought, kept in the address so that links, reloads and the back button find it again. */

import { isPurchasable, priceOf } from "../words.js";

/** The most that can be bought at once (the API refuses more). */
export const MAXIMUM = { month: 36, year: 3 };
const INTERVALS = ["month", "year"];

/**
 * @typedef {{plan_id: string, interval: "month" | "year", quantity: number | null, coupon_code: string, start?: "now"}} Wish
 *   `quantity` is null while what was typed is no number in range; `start` is there to run alongside the time paid for
 */

/** The intervals a plan is sold for. @param {any} plan */
export const intervalsOf = (plan) => INTERVALS.filter((interval) => priceOf(plan, interval) !== null);

/**
 * The wish of an address, made possible with the plans on sale.
 * @param {URLSearchParams} query
 * @param {any[]} plans  purchasable ones, at least one
 * @returns {Wish}
 */
export function wishFrom(query, plans) {
  const plan = plans.find((one) => one.id === query.get("plan")) ?? plans.find((one) => one.featured) ?? plans[0];
  const wanted = query.get("interval");
  const intervals = intervalsOf(plan);
  const interval = intervals.includes(wanted) ? wanted : intervals[0];
  const quantity = Number(query.get("quantity"));
  const possible = Number.isInteger(quantity) && quantity >= 1 && quantity <= MAXIMUM[interval];
  return { plan_id: plan.id, interval, quantity: possible ? quantity : 1, coupon_code: query.get("coupon")?.trim() ?? "", ...(query.get("start") === "now" && { start: "now" }) };
}

/** A changed wish: what was to run alongside one plan is bought in the usual way once another plan is chosen. @param {Wish} wish @param {Partial<Wish>} change @returns {Wish} */
export function changedWish(wish, change) {
  const { start, ...rest } = { ...wish, ...change };
  return start && rest.plan_id === wish.plan_id ? { ...rest, start } : rest;
}

/** The plans that can be bought, cheapest rank first. @param {any[]} plans */
export const onSale = (plans) => plans.filter(isPurchasable).sort((a, b) => a.rank - b.rank);

/** @param {Wish} wish */
export function addressOf({ plan_id: plan, interval, quantity, coupon_code: coupon, start }) {
  const query = new URLSearchParams({ plan, interval, quantity: String(quantity ?? 1) });
  if (coupon) query.set("coupon", coupon);
  if (start) query.set("start", start);
  return `checkout.html?${query}`;
}

/** The body of POST /quotes; null while the wish is incomplete. @param {Wish} wish */
export function quoteBody({ plan_id, interval, quantity, coupon_code: coupon, start }) {
  if (quantity === null) return null;
  return { plan_id, interval, quantity, ...(coupon && { coupon_code: coupon }), ...(start && { start }) };
}
