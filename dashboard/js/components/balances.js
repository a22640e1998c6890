/** What an account has: a bar for each metered feature, a line for limits and switches. */

import { figure, h } from "../dom.js";
import { date, number, t } from "../i18n.js";
import { icon } from "../icons.js";

const LOW = 10; // percent left

/** The end of the open window, and whether another follows it; the free quota always comes again. */
function windowWords({ next_expiry: end, upcoming }, free) {
  if (!end) return "";
  const renewed = free || upcoming.some((window) => Date.parse(window.valid_from) === Date.parse(end));
  return t(renewed ? "account.resets" : "account.expires", { date: date(end) });
}

/** Percent of `part` in `whole`, whole numbers only. */
const percent = (part, whole) => (whole > 0 ? Math.min(100, Math.max(0, Math.floor((part * 100) / whole))) : 0);

function meter(balance, name, free) {
  const { granted, used, held = 0, remaining } = balance;
  const left = percent(remaining, granted);
  const fillBar = h("span", { class: "bar-fill" });
  fillBar.style.setProperty("inline-size", `${left}%`);
  return h("li", { class: "balance", data: { feature: balance.feature } },
    h("div", { class: "balance-head" },
      h("span", { class: "balance-name" }, name),
      h("span", { class: "balance-left" }, figure(number(remaining), "strong"), h("span", { class: "faint" }, ` / ${number(granted)}`))),
    h("div", {
      class: `bar ${left <= LOW ? "bar-low" : ""}`.trim(), role: "meter", "aria-label": name, "aria-valuemin": 0, "aria-valuemax": granted, "aria-valuenow": remaining,
      "aria-valuetext": t("account.meter", { feature: name, remaining: number(remaining), granted: number(granted) }),
    }, fillBar),
    h("div", { class: "balance-foot faint" },
      h("span", {}, t("account.used", { used: number(used), granted: number(granted) }), held > 0 && ` · ${t("account.held", { held: number(held) })}`),
      h("span", {}, windowWords(balance, free))));
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
 */
export function meters({ balances, subscription }, { nameOf, inOrder }) {
  const metered = inOrder(balances).filter((balance) => balance.type === "metered");
  const free = subscription.status !== "active";
  return metered.length ? h("ul", { class: "balances" }, metered.map((balance) => meter(balance, nameOf(balance.feature), free))) : null;
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
