import assert from "node:assert/strict";
import { test } from "node:test";

import { openAttempt, outcomeOf, payingAttempt, secondPayment } from "../../../dashboard/js/outcome.js";

const attempt = (status, more = {}) => ({ id: "p", provider: "vnpay", status, url: "https://pay.example", ...more });
const order = (status, ...payments) => ({ id: "o", status, payments });

test("an order whose money is booked is done, whatever was given back since", () => {
  for (const status of ["fulfilled", "partially_refunded", "refunded"]) assert.equal(outcomeOf(order(status, attempt("succeeded"))), "done");
});

test("a pending order is what its last attempt is", () => {
  const cases = [
    ["waiting", attempt("open")],
    ["waiting", attempt("open", { url: null, qr_content: "0002" })],
    ["unstarted", attempt("open", { url: null })],
    ["failed", attempt("failed")],
    ["failed", attempt("failed", { failure: "insufficient_funds" })],
    ["stopped", attempt("failed", { failure: "cancelled" })],
    ["lapsed", attempt("expired")],
    ["lapsed", attempt("closed")],
  ];
  for (const [outcome, last] of cases) assert.equal(outcomeOf(order("pending", attempt("failed"), last)), outcome);
});

test("money that is there but not credited yet is waited for, whatever failed after it", () => {
  assert.equal(outcomeOf(order("pending", attempt("succeeded"), attempt("failed"))), "waiting");
  assert.equal(outcomeOf(order("pending")), "waiting");
});

test("money for a cancelled order is another thing than a cancelled order", () => {
  assert.equal(outcomeOf(order("cancelled", attempt("closed"))), "cancelled");
  assert.equal(outcomeOf(order("cancelled", attempt("succeeded"))), "late");
  assert.equal(outcomeOf(order("expired", attempt("expired"))), "expired");
});

test("a second payment is told until it was given back", () => {
  assert.equal(secondPayment(order("fulfilled", attempt("failed"), attempt("succeeded"))), null);
  assert.equal(secondPayment(order("fulfilled", attempt("succeeded"), attempt("succeeded"))), "twice");
  assert.equal(secondPayment(order("fulfilled", attempt("succeeded"), attempt("refunded"))), "returned");
  assert.equal(secondPayment(order("refunded", attempt("refunded"))), null);
});

test("the attempt that says how an order is paid is the one with the money", () => {
  const paid = attempt("succeeded", { provider: "momo" });
  assert.equal(payingAttempt(order("fulfilled", paid, attempt("closed"))), paid);
  assert.equal(payingAttempt(order("fulfilled")), null);
  const [first, second] = [attempt("open"), attempt("open", { provider: "sepay" })];
  assert.equal(payingAttempt(order("pending", first, second)), second);
  assert.equal(openAttempt(order("pending", first, second, attempt("failed"))), second);
});
