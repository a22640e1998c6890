import assert from "node:assert/strict";
import { test } from "node:test";

import { safeReturn } from "../../../dashboard/js/session.js";
import { addressOf, changedWish, onSale, quoteBody, wishFrom } from "../../../dashboard/js/checkout/wish.js";
import { changeOf, errorWords, inSentence, isFree, quotaWords } from "../../../dashboard/js/words.js";

const month = (amount) => ({ interval: "month", amount });
const year = (amount) => ({ interval: "year", amount });
const plan = (id, rank, prices, more = {}) => ({ id, rank, prices, contact_sales: false, featured: false, quotas: [], ...more });
const PLANS = [
  plan("team", 20, [month(899000)]), plan("pro", 10, [month(299000), year(2990000)], { featured: true }),
  plan("free", 0, [month(0), year(0)]), plan("custom", 30, [], { contact_sales: true }),
];
const sold = onSale(PLANS);

test("a plan whose prices are all 0 is free; one without a price that is sold by contact is not", () => {
  assert.deepEqual(PLANS.filter(isFree).map(({ id }) => id), ["free"]);
  assert.deepEqual(sold.map(({ id }) => id), ["pro", "team"]);
});

test("an address is made possible with the plans on sale", () => {
  const wish = (query) => wishFrom(new URLSearchParams(query), sold);
  assert.deepEqual(wish(""), { plan_id: "pro", interval: "month", quantity: 1, coupon_code: "" });
  assert.equal(wish("plan=team&interval=year").interval, "month");
  assert.equal(wish("plan=free").plan_id, "pro");
  for (const quantity of ["0", "-1", "37", "1e9", "2.5", "x"]) assert.equal(wish({ quantity }).quantity, 1, quantity);
  assert.equal(wish("interval=year&quantity=3").quantity, 3);
  assert.equal(wish("interval=year&quantity=4").quantity, 1);
});

test("the address of a wish leads back to it", () => {
  const wish = { plan_id: "pro", interval: "year", quantity: 2, coupon_code: "TẾT & 10%" };
  assert.deepEqual(wishFrom(new URLSearchParams(addressOf(wish).split("?")[1]), sold), wish);
});

test("more of the plan that runs is bought alongside, until another plan is chosen", () => {
  const wish = wishFrom(new URLSearchParams("plan=pro&start=now"), sold);
  assert.equal(quoteBody(wish).start, "now");
  assert.match(addressOf(wish), /start=now/);
  assert.equal(changedWish(wish, { quantity: 2 }).start, "now");
  assert.equal(quoteBody(changedWish(wish, { plan_id: "team" })).start, undefined);
});

test("a plan is compared with the highest one that is paid for", () => {
  const change = (id, ...paid) => changeOf(PLANS.find((one) => one.id === id), PLANS, { terms: paid.map((plan_id) => ({ plan_id })) });
  assert.equal(changeOf(PLANS[0], PLANS, null), "subscribe");
  assert.deepEqual([change("pro"), change("pro", "pro"), change("team", "pro"), change("pro", "team")], ["subscribe", "renew", "upgrade", "downgrade"]);
  assert.equal(change("team", "pro", "team"), "renew");
});

test("an incomplete wish is not asked about", () => {
  assert.equal(quoteBody({ plan_id: "pro", interval: "month", quantity: null, coupon_code: "" }), null);
  assert.deepEqual(quoteBody({ plan_id: "pro", interval: "month", quantity: 3, coupon_code: "" }), { plan_id: "pro", interval: "month", quantity: 3 });
});

test("quotas in words", () => {
  assert.deepEqual(quotaWords({ name: "Token AI", type: "metered", amount: 2000000, per: "month" }),
    { figure: "2.000.000", name: "token AI", note: "mỗi tháng", included: true });
  assert.equal(quotaWords({ name: "Thành viên", type: "limit", amount: 10, per: null }).name, "Thành viên: tối đa 10");
  assert.equal(quotaWords({ name: "Hỗ trợ ưu tiên", type: "switch", amount: 0, per: null }).included, false);
});

test("abbreviations keep their capitals within a sentence", () => {
  assert.equal(inSentence("API"), "API");
  assert.equal(inSentence("Tài liệu"), "tài liệu");
});

test("the API's own words are shown, ours for everything that has none", () => {
  assert.equal(errorWords({ kind: "problem", status: 409, detail: "Mã đã hết lượt." }), "Mã đã hết lượt.");
  assert.match(errorWords({ kind: "gateway", status: 429, detail: "" }), /quá nhiều yêu cầu/);
  assert.match(errorWords({ kind: "gateway", status: 502, detail: "" }), /trục trặc/);
  assert.match(errorWords({ kind: "network", status: 0 }), /kiểm tra mạng/);
  assert.match(errorWords(new TypeError("ours")), /trục trặc/);
});

test("signing in leads back to pages of ours only", () => {
  assert.equal(safeReturn("checkout.html?plan=pro&coupon=A%26B"), "checkout.html?plan=pro&coupon=A%26B");
  assert.equal(safeReturn("account.html#orders"), "account.html#orders");
  for (const foreign of ["https://evil.example/", "//evil.example/a.html", "javascript:alert(1)", "../x.html", "", null]) {
    assert.equal(safeReturn(foreign), "index.html", String(foreign));
  }
});
