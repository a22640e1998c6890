/** What an account has: a bar for each metered feature, a line for limits and switches. */

import { figure, h } from "../dom.js";
import { date, number, t } from "../i18n.js";
import { icon } from "../icons.js";
import { levelOf, topUp } from "./topup.js";

const sameMoment = (one, other) => Date.parse(one) === Date.parse(other);

/**
 * The end of the open window, and whether another follows it: the free quota always comes again, an add-on never does.
 * @param {any} balance @param {any} subscription
 */
export function windowWords({ next_expiry: end, upcoming, granted, addons = [] }, subscription) {
  if (!end) return "";
  const free = subscription.status !== "active";
  const ending = addons.filter((addon) => sameMoment(addon.valid_to, end));
  const renewed = upcoming.some((window) => sameMoment(window.valid_from, end)) || (free && !ending.length);
  if (renewed) return t("account.resets", { date: date(end) });
  const theirs = ending.reduce((sum, addon) => sum + addon.amount, 0);
  const whole = !addons.length || theirs === granted || (ending.length === addons.length && sameMoment(subscription.current_period_end, end));
  return t(whole ? "account.expires" : "account.expiresPart", { date: date(end) });
}

/** Percent of `part` in `whole`, whole numbers only. */
const percent = (part, whole) => (whole > 0 ? Math.min(100, Math.max(0, Math.floor((part * 100) / whole))) : 0);

/** What of a balance came from add-ons: a line for each, the one that ends first at the front. */
function packs({ addons = [] }) {
  if (!addons.length) return null;
  return h("ul", { class: "packs faint" }, addons.map((addon) => h("li", { class: "pack-line", data: { order: addon.order_id } },
    h("span", {}, icon("plus", 14), t("account.fromAddon", { remaining: number(addon.remaining), amount: number(addon.amount) })),
    h("span", {}, t("account.expires", { date: date(addon.valid_to) })))));
}

function meter(balance, name, subscription, shop) {
  const { granted, used, held = 0, remaining } = balance;
  const fillBar = h("span", { class: "bar-fill" });
  fillBar.style.setProperty("inline-size", `${percent(remaining, granted)}%`);
  return h("li", { class: "balance", data: { feature: balance.feature } },
    h("div", { class: "balance-head" },
      h("span", { class: "balance-name" }, name),
      h("span", { class: "balance-left" }, figure(number(remaining), "strong"), h("span", { class: "faint" }, ` / ${number(granted)}`))),
    h("div", {
      class: `bar ${levelOf(balance) ? "bar-low" : ""}`.trim(), role: "meter", "aria-label": name, "aria-valuemin": 0, "aria-valuemax": granted, "aria-valuenow": remaining,
      "aria-valuetext": t("account.meter", { feature: name, remaining: number(remaining), granted: number(granted) }),
    }, fillBar),
    h("div", { class: "balance-foot faint" },
      h("span", {}, t("account.used", { used: number(used), granted: number(granted) }), held > 0 && ` · ${t("account.held", { held: number(held) })}`),
      h("span", {}, windowWords(balance, subscription))),
    packs(balance),
    shop && topUp(balance, name, { catalogue: shop, subscription }));
}

function feature(balance, name) {
  const on = balance.granted > 0;
  const value = balance.type === "limit"
    ? h("span", {}, `${t("account.limit")} `, figure(number(balance.granted), "strong"))
    : h("span", { class: on ? "tag tag-good" : "tag" }, icon(on ? "check" : "minus", 16), t(on ? "account.on" : "account.off"));
  return h("li", { class: "feature", data: { feature: balance.feature } }, h("span", {}, name), value);
}

/**
 * Bars of the metered features; null when there are none.
 * @param {any} account
 * @param {ReturnType<import("../words.js").featuresOf>} known
 * @param {any} [shop]  the catalogue, where a way to more stands beside what runs low
 */
export function meters({ balances, subscription }, { nameOf, inOrder }, shop = null) {
  const metered = inOrder(balances).filter((balance) => balance.type === "metered");
  return metered.length ? h("ul", { class: "balances" }, metered.map((balance) => meter(balance, nameOf(balance.feature), subscription, shop))) : null;
}

/**
 * Limits and switches; null when there are none.
 * @param {any} account
 * @param {ReturnType<import("../words.js").featuresOf>} known
 */
export function features({ balances }, { nameOf, inOrder }) {
  const others = inOrder(balances).filter((balance) => balance.type !== "metered");
  return others.length ? h("ul", { class: "features" }, others.map((balance) => feature(balance, nameOf(balance.feature)))) : null;
}
