import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { canonical, createPurchase, isFinalRefusal, randomKey } from "../../../dashboard/js/purchase.js";
import { jsonStorage } from "../../../dashboard/js/storage.js";

/** A browser's storage that outlives pages; `pages` made over it are reloads of one tab. */
function tab() {
  const items = new Map();
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => items.set(key, value),
    removeItem: (key) => items.delete(key),
  };
}

let storage;
let made;
const page = () => createPurchase(jsonStorage(() => storage), () => `key-${++made}`);
const intent = (change = {}) => ({ wish: { plan_id: "pro", interval: "month", quantity: 1 }, total: 299000, payment_provider: "vnpay", ...change });
const body = (quote) => ({ quote, payment_provider: "vnpay" });

beforeEach(() => {
  storage = tab();
  made = 0;
});

test("T67: a double click sends one key with one body", () => {
  const purchase = page();
  assert.deepEqual(purchase.begin("an", intent(), body("q1")), purchase.begin("an", intent(), body("q1")));
  assert.equal(made, 1);
});

test("T03: a reload repeats the request as it was sent, although the page has a newer quote", () => {
  const first = page().begin("an", intent(), body("q1"));
  const second = page().begin("an", intent(), body("q2"));
  assert.equal(second.key, first.key);
  assert.deepEqual(second.body, body("q1"));
});

test("T02: the key stays after an answer that never came, and after the order is known", () => {
  const purchase = page();
  const { key } = purchase.begin("an", intent(), body("q1"));
  purchase.ordered("ord_1");
  const again = page().begin("an", intent(), body("q2"));
  assert.equal(again.key, key);
  assert.equal(again.orderId, "ord_1");
});

test("another account, plan, total, provider or invoice is another purchase", () => {
  const keys = new Set([page().begin("an", intent(), body("q")).key]);
  keys.add(page().begin("binh", intent(), body("q")).key);
  keys.add(page().begin("an", intent({ wish: { plan_id: "pro", interval: "month", quantity: 2 } }), body("q")).key);
  keys.add(page().begin("an", intent({ total: 1 }), body("q")).key);
  keys.add(page().begin("an", intent({ payment_provider: "momo" }), body("q")).key);
  keys.add(page().begin("an", intent({ invoice: { name: "An Bình" } }), body("q")).key);
  assert.equal(keys.size, 6);
});

test("a settled order frees the key, another order's end does not", () => {
  const purchase = page();
  const { key } = purchase.begin("an", intent(), body("q1"));
  purchase.ordered("ord_1");
  purchase.settled("ord_2");
  assert.equal(page().begin("an", intent(), body("q2")).key, key);
  purchase.settled("ord_1");
  assert.notEqual(page().begin("an", intent(), body("q2")).key, key);
});

test("a refusal frees the key", () => {
  const purchase = page();
  const { key } = purchase.begin("an", intent(), body("q1"));
  purchase.refused();
  assert.notEqual(page().begin("an", intent(), body("q2")).key, key);
});

test("only a 4xx that says no is final", () => {
  for (const status of [400, 403, 404, 409, 413, 415, 422]) assert.ok(isFinalRefusal({ kind: "problem", status }), String(status));
  for (const status of [401, 408, 429, 500, 502, 503, 504]) assert.ok(!isFinalRefusal({ kind: "problem", status }), String(status));
  assert.ok(!isFinalRefusal({ kind: "network", status: 0 }));
});

test("where storage is blocked the key lives as long as the page", () => {
  const purchase = createPurchase(jsonStorage(() => { throw new Error("blocked"); }), () => `key-${++made}`);
  assert.equal(purchase.begin("an", intent(), body("q1")).key, purchase.begin("an", intent(), body("q1")).key);
});

test("a fingerprint does not depend on the order of keys, nor on what is undefined", () => {
  assert.equal(canonical({ b: [1, { y: null, x: "ạ" }], a: undefined }), canonical({ b: [1, { x: "ạ", y: null }] }));
  assert.notEqual(canonical({ a: "1" }), canonical({ a: 1 }));
});

test("keys are 128 random bits", () => {
  assert.match(randomKey(), /^[0-9a-f]{32}$/);
  assert.notEqual(randomKey(), randomKey());
});
