import assert from "node:assert/strict";
import { test } from "node:test";

import { addressOf, changedWish, kindOf, quoteBody, wishFrom } from "../../../dashboard/js/checkout/wish.js";
import { windowWords } from "../../../dashboard/js/components/balances.js";
import { addonAddress, levelOf } from "../../../dashboard/js/components/topup.js";
import { isWithinReach, lengthWords, soldWords, trialState, validityWords } from "../../../dashboard/js/offers.js";

const PLANS = [{ id: "pro", rank: 20, prices: [{ interval: "month", amount: 299000 }, { interval: "year", amount: 2990000 }] }];
const TOKENS = { id: "tokens-1m", name: "1 triệu token AI", price: 150000, feature: "tokens", amount: 1000000, valid_months: 3 };
const DOCUMENTS = { id: "documents-100", name: "100 tài liệu", price: 50000, feature: "documents", amount: 100, valid_months: null };
const SALE = { addons: [TOKENS, DOCUMENTS], trials: [{ plan_id: "pro", months: null, days: 14 }] };
const wish = (query) => wishFrom(new URLSearchParams(query), PLANS, SALE);

test("an add-on is wished for by its id, in packs and never by the year", () => {
  assert.deepEqual(wish("plan=tokens-1m&interval=year&quantity=5&coupon=TOKEN10"), { plan_id: "tokens-1m", interval: "month", quantity: 5, coupon_code: "TOKEN10" });
  assert.equal(wish("plan=tokens-1m&quantity=37").quantity, 1);
  assert.equal(kindOf(wish("plan=tokens-1m"), SALE.addons), "addon");
  assert.deepEqual(wish(addonAddress(TOKENS).split("?")[1]), { plan_id: "tokens-1m", interval: "month", quantity: 1, coupon_code: "" });
  assert.equal(changedWish(wish("plan=tokens-1m&quantity=2"), { plan_id: "documents-100" }).quantity, 2);
});

test("a trial is wished for once, without a code; a plan that has none is bought", () => {
  const trial = wish("plan=pro&trial=1&quantity=3&coupon=GIAM20&interval=year");
  assert.deepEqual(trial, { plan_id: "pro", interval: "month", quantity: 1, coupon_code: "", trial: true });
  assert.deepEqual(wish(addressOf(trial).split("?")[1]), trial);
  assert.deepEqual(quoteBody(trial), { plan_id: "pro", interval: "month", quantity: 1, trial: true });
  assert.equal(kindOf(trial, SALE.addons), "trial");
  const plain = wishFrom(new URLSearchParams("plan=pro&trial=1"), PLANS, { trials: [] });
  assert.equal(kindOf(plain, []), "plan");
  assert.equal(quoteBody(plain).trial, undefined);
});

test("a balance is low from four fifths on, and used up at nothing left", () => {
  assert.deepEqual([201, 200, 1, 0].map((remaining) => levelOf({ granted: 1000, remaining })), [null, "low", "low", "used"]);
  assert.equal(levelOf({ granted: 0, remaining: 0 }), null);
});

const END = "2026-12-31T17:00:00Z";
const LATER = "2027-02-23T03:00:00Z";
const pack = (amount, valid_to) => ({ order_id: "ord_1", amount, remaining: amount, valid_to });
const balance = (more) => ({ next_expiry: END, granted: 500, upcoming: [], addons: [], ...more });
const active = { status: "active", current_period_end: END };
const none = { status: "none", current_period_end: null };

test("the end of a balance is that of all of it only where nothing of it stays", () => {
  assert.match(windowWords(balance({}), active), /^Hết hạn/);
  assert.match(windowWords(balance({ addons: [pack(100, LATER)] }), active), /^Một phần hết hạn/);
  assert.match(windowWords(balance({ addons: [pack(100, END), pack(100, LATER)] }), active), /^Một phần hết hạn/);
  assert.match(windowWords(balance({ addons: [pack(100, END)] }), active), /^Hết hạn/, "an add-on that is good as long as the plan");
  assert.match(windowWords(balance({ addons: [pack(100, END)] }), { ...active, current_period_end: LATER }), /^Một phần hết hạn/);
});

test("what comes again is renewed; an add-on never is, not even beside the free quota", () => {
  assert.match(windowWords(balance({ upcoming: [{ valid_from: END }], addons: [pack(100, LATER)] }), active), /^Làm mới/);
  assert.match(windowWords(balance({}), none), /^Làm mới/);
  assert.match(windowWords(balance({ addons: [pack(100, LATER)] }), none), /^Làm mới/);
  assert.match(windowWords(balance({ addons: [pack(100, END)] }), none), /^Một phần hết hạn/);
});

test("an order says what it is of", () => {
  const nameOf = (id) => ({ pro: "Chuyên nghiệp", "tokens-1m": "1 triệu token AI" })[id];
  const words = (more) => soldWords({ interval: "month", quantity: 1, ...more }, nameOf);
  assert.equal(words({ kind: "plan", plan_id: "pro", quantity: 3 }), "Chuyên nghiệp, 3 tháng");
  assert.equal(words({ kind: "addon", plan_id: "tokens-1m", quantity: 2 }), "1 triệu token AI × 2");
  assert.equal(words({ kind: "addon", plan_id: "tokens-1m" }), "1 triệu token AI");
  assert.equal(words({ kind: "trial", plan_id: "pro" }), "Dùng thử gói Chuyên nghiệp");
});

test("an add-on that lasts as long as a plan needs one", () => {
  assert.deepEqual([isWithinReach(TOKENS, none), isWithinReach(DOCUMENTS, none), isWithinReach(DOCUMENTS, active), isWithinReach(DOCUMENTS, undefined)], [true, false, true, true]);
  assert.equal(validityWords(TOKENS, none), "Dùng được 3 tháng kể từ khi mua");
  assert.equal(validityWords(DOCUMENTS, active), "Dùng được đến 01/01/2027, khi gói của bạn hết hạn");
});

test("the length of a trial in words", () => {
  assert.equal(lengthWords({ months: null, days: 14 }), "14 ngày");
  assert.equal(lengthWords({ months: 1, days: null }), "1 tháng");
});

test("a trial runs, is followed by paid time, or is over", () => {
  const term = { trial: true, end: END };
  assert.equal(trialState({ ...active, trial: false, terms: [] }), null);
  assert.deepEqual(trialState({ ...active, trial: true, terms: [term] }), { end: END, over: false, followed: false });
  assert.deepEqual(trialState({ ...active, trial: true, terms: [term, { trial: false, end: LATER }], current_period_end: LATER }), { end: END, over: false, followed: true });
  assert.deepEqual(trialState({ status: "expired", trial: true, terms: [], current_period_end: END }), { end: END, over: true, followed: false });
});
