import assert from "node:assert/strict";
import { test } from "node:test";

import { forgetProvider, lastProvider, providerHow, providerName, providerTitle, rememberProvider } from "../../../dashboard/js/provider.js";
import { failureWords, paymentWords } from "../../../dashboard/js/words.js";

test("ways to pay have names that people in Vietnam know; unknown ones the API's", () => {
  assert.equal(providerTitle({ id: "momo", name: "MoMo" }), "Ví MoMo");
  assert.equal(providerTitle({ id: "sepay" }), "Chuyển khoản VietQR");
  assert.equal(providerTitle({ id: "newpay", name: "NewPay" }), "NewPay");
  assert.equal(providerName({ id: "sepay" }), "VietQR");
  assert.equal(providerName({ id: "newpay" }), "newpay");
});

test("how one pays is told for known ways, and by kind for others", () => {
  assert.match(providerHow({ id: "stripe", name: "Stripe", kind: "redirect" }), /Visa/);
  assert.equal(providerHow({ id: "newpay", name: "NewPay", kind: "redirect" }), "Thẻ, tài khoản ngân hàng hoặc ví, trên trang NewPay");
  assert.equal(providerHow({ id: "newpay", name: "NewPay", kind: "qr" }), "Quét mã QR bằng ứng dụng ngân hàng");
});

test("the way used last is remembered until it is forgotten", () => {
  assert.equal(lastProvider(), null);
  rememberProvider("momo");
  rememberProvider(null);
  assert.equal(lastProvider(), "momo");
  forgetProvider();
  assert.equal(lastProvider(), null);
});

test("a failure is told with what helps, and without a cause in general", () => {
  assert.match(failureWords("insufficient_funds"), /không đủ số dư/);
  assert.equal(failureWords(undefined), failureWords("something_new"));
  assert.equal(paymentWords("succeeded"), "Đã trả");
  assert.equal(paymentWords("something_new"), "something_new");
});
