/** The order as a slip of paper: every figure of the quote as a row, the time it is for, and what it gives. */

import { fill, figure, h } from "../dom.js";
import { date, hasText, money, number, plural, rate, t } from "../i18n.js";
import { failure } from "../components/notice.js";
import { inSentence, quotaWords, reductionRows } from "../words.js";

const row = (label, amount, className = "") =>
  h("div", { class: `sum-row ${className}`.trim() }, h("dt", {}, label), h("dd", {}, figure(amount)));

function lineRow(line, currency) {
  const detail = line.quantity > 1 && h("span", { class: "faint" }, " ", figure(`${number(line.quantity)} × ${money(line.unit_amount, currency)}`));
  return h("div", { class: "sum-row sum-line" }, h("dt", {}, line.description, detail), h("dd", {}, figure(money(line.amount, currency))));
}

function taxRow(quote, included) {
  if (quote.tax_inclusive !== included || (!quote.tax && !quote.tax_rate_bp) || quote.subtotal === 0) return null;
  const label = t(included ? "checkout.taxIncluded" : "checkout.taxAdded", { rate: rate(quote.tax_rate_bp ?? 0) });
  return row(label, money(quote.tax, quote.currency), included ? "sum-included" : "sum-tax");
}

function figureRows(quote, couponCode) {
  const { currency } = quote;
  const reductions = reductionRows({ ...quote, coupon_code: couponCode.toUpperCase() });
  return h("dl", { class: "sum" },
    quote.lines.map((line) => lineRow(line, currency)),
    reductions.length > 0 && row(t("checkout.subtotal"), money(quote.subtotal, currency), "sum-subtotal"),
    reductions.map(({ key, label, amount }) => [row(label, amount, `sum-less sum-${key}`), key === "credit" && creditRows(quote)]),
    taxRow(quote, false),
    row(t("checkout.total"), money(quote.total, currency), "sum-total"),
    taxRow(quote, true));
}

/**
 * Why there is credit: a row for each term that ends, in the API's words; and what becomes of more credit than the price.
 */
function creditRows(quote) {
  const credits = quote.credits ?? [];
  const rest = credits.reduce((sum, { amount }) => sum + amount, 0) - quote.credit;
  return [
    credits.map(({ description, amount }) => row(description, money(amount, quote.currency), "sum-reason faint")),
    rest > 0 && quote.extra_days > 0 && row(plural("checkout.creditDays", quote.extra_days), money(rest, quote.currency), "sum-reason faint"),
  ];
}

/** The grants of a feature that are alike, as one: amount, how many times, and whether it is a rest after whole months. */
function grouped(grants) {
  const groups = new Map();
  const begun = new Set();
  for (const { feature, amount } of grants) {
    const key = `${feature}\n${amount}`;
    const group = groups.get(key) ?? { feature, amount, times: 0, isRest: begun.has(feature) };
    begun.add(feature);
    groups.set(key, { ...group, times: group.times + 1 });
  }
  return [...groups.values()];
}

function grantItem({ feature, amount, times, isRest }, sold) {
  const quota = sold.quotas.find((one) => one.feature === feature);
  if (quota && quota.type !== "metered") {
    const words = quotaWords({ ...quota, amount });
    return words.included && h("li", {}, words.name);
  }
  const note = times > 1 ? t("checkout.grantTimes", { times }) : isRest && t("checkout.grantRest");
  return h("li", {}, figure(number(amount), "strong"), ` ${inSentence(quota?.name ?? feature)} `, note && figure(note, "faint"));
}

function gains(quote, sold) {
  const change = `change.${sold.kind === "plan" ? quote.change : sold.kind}`;
  return h("div", { class: "gains" },
    h("p", { class: "gain-period" }, h("span", { class: "faint" }, t("checkout.periodLabel")),
      figure(t("period.range", { start: date(quote.period.start), end: date(quote.period.end) }), "strong"),
      hasText(change) && h("span", { class: "faint" }, t(change))),
    quote.grants.length > 0 && [
      h("p", { class: "faint" }, t("checkout.grants")),
      h("ul", { class: "gain-list" }, grouped(quote.grants).map((grant) => grantItem(grant, sold))),
    ]);
}

/** The slip. Its total is told to the page's status line by whoever owns it. */
export function summary() {
  const body = h("div", { class: "slip-body", "aria-busy": "true" }, h("p", { class: "muted" }, t("checkout.calculating")));
  const total = h("span", { class: "buy-total figure" }, "…");
  return {
    element: h("section", { class: "slip", "aria-labelledby": "slip-title" }, h("h2", { id: "slip-title" }, t("checkout.summary")), body),
    /** The total again, for beside the button. */
    total,
    busy: (on) => body.setAttribute("aria-busy", String(on)),
    /** @param {any} quote @param {{kind: string, quotas: any[]}} sold @param {string} couponCode */
    show(quote, sold, couponCode) {
      body.setAttribute("aria-busy", "false");
      fill(body, figureRows(quote, couponCode), gains(quote, sold));
      fill(total, money(quote.total, quote.currency));
    },
    /** @param {any} error @param {{title?: string, retry?: () => void, way?: Node | null}} [forward] */
    fail(error, forward) {
      body.setAttribute("aria-busy", "false");
      fill(body, failure(error, forward));
      fill(total, "…");
    },
    clear() {
      fill(total, "…");
      body.setAttribute("aria-busy", "true");
    },
  };
}
