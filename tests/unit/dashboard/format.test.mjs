import assert from "node:assert/strict";
import { test } from "node:test";

import {
  formatDate, formatDateTime, formatMoney, formatNumber, formatRate, monthlyShare, yearSaving,
} from "../../../dashboard/js/format.js";

const ZONE = "Asia/Ho_Chi_Minh";

test("T44: dong has no decimals: 299000 is 299.000 ₫, with a plain space", () => {
  assert.equal(formatMoney(299000, "VND", "vi"), "299.000 ₫");
  assert.equal(formatMoney(299000, "VND", "en"), "₫299,000");
  assert.equal(formatMoney(0, "VND", "vi"), "0 ₫");
  assert.equal(formatMoney(999, "VND", "vi"), "999 ₫");
});

test("T69: amounts of any size are written in full", () => {
  assert.equal(formatMoney(107640000, "VND", "vi"), "107.640.000 ₫");
  assert.equal(formatMoney(9007199254740991, "VND", "vi"), "9.007.199.254.740.991 ₫");
});

test("a reduction has a real minus sign before the whole amount", () => {
  assert.equal(formatMoney(-59800, "VND", "vi"), "−59.800 ₫");
  assert.equal(formatMoney(-59800, "VND", "en"), "−₫59,800");
});

test("other currencies keep their minor units", () => {
  assert.equal(formatMoney(1205, "USD", "en"), "$12.05");
  assert.equal(formatMoney(123456, "EUR", "vi"), "1.234,56 €");
});

test("what is no integer is no amount", () => {
  for (const wrong of [1.5, "299000", null, undefined, NaN, Infinity, 2 ** 53]) {
    assert.throws(() => formatMoney(wrong, "VND", "vi"), TypeError);
  }
});

test("numbers are grouped by the language", () => {
  assert.equal(formatNumber(2000000, "vi"), "2.000.000");
  assert.equal(formatNumber(2000000, "en"), "2,000,000");
  assert.equal(formatNumber(-1000, "en"), "−1,000");
});

test("rates are percents without needless zeros", () => {
  assert.equal(formatRate(800, "vi"), "8%");
  assert.equal(formatRate(1250, "vi"), "12,5%");
  assert.equal(formatRate(1250, "en"), "12.5%");
  assert.equal(formatRate(5, "en"), "0.05%");
});

test("T47: days are the seller's: after 17:00 UTC it is the next one in Vietnam", () => {
  assert.equal(formatDate("2026-11-22T16:59:59Z", "vi", ZONE), "22/11/2026");
  assert.equal(formatDate("2026-11-22T17:00:00Z", "vi", ZONE), "23/11/2026");
  assert.equal(formatDate("2026-11-22T17:00:00Z", "en", ZONE), "23 Nov 2026");
  assert.equal(formatDateTime("2026-12-31T17:05:00Z", "vi", ZONE), "01/01/2027 00:05");
});

test("no date is no text", () => {
  assert.equal(formatDate(null, "vi", ZONE), "");
  assert.equal(formatDateTime("soon", "en", ZONE), "");
});

test("a year's price for a month is rounded half up", () => {
  assert.equal(monthlyShare(2990000), 249167);
  assert.equal(monthlyShare(6), 1);
  assert.equal(monthlyShare(5), 0);
  assert.equal(monthlyShare(12), 1);
});

test("a saving is whole percents, rounded down, and none where nothing is saved", () => {
  assert.deepEqual(yearSaving(299000, 2990000), { amount: 598000, basisPoints: 1600 });
  assert.equal(yearSaving(100, 1200), null);
  assert.equal(yearSaving(100, 1300), null);
  assert.equal(yearSaving(0, 0), null);
});
