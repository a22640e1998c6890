import assert from "node:assert/strict";
import { test } from "node:test";

import { clockWords, countDown } from "../../../dashboard/js/countdown.js";
import { readTransfer } from "../../../dashboard/js/vietqr.js";

const CONTENT = "00020101021238570010A00000072701270006970422011300001234567890208QRIBFTTA53037045405990005802VN62190815GOI64NH3BHN38N863047582";

test("a VietQR content says bank, account, amount and memo", () => {
  assert.deepEqual(readTransfer(CONTENT), { bank: "MB", account: "0000123456789", amount: 99000, memo: "GOI64NH3BHN38N8" });
});

test("a bank without a known name is shown by its number", () => {
  assert.equal(readTransfer(CONTENT.replace("970422", "999999")).bank, "999999");
});

test("what is no transfer of an amount is none", () => {
  for (const wrong of ["", null, undefined, "hello", CONTENT.slice(0, 40), CONTENT.replace("540599000", "")]) {
    assert.equal(readTransfer(wrong), null, String(wrong));
  }
});

test("the time that is left is written as on a clock", () => {
  assert.equal(clockWords(24 * 3600_000), "24:00:00");
  assert.equal(clockWords(3_725_000), "1:02:05");
  assert.equal(clockWords(65_000), "1:05");
  assert.equal(clockWords(400), "0:01");
  assert.equal(clockWords(0), "0:00");
  assert.equal(clockWords(-5000), "0:00");
});

const soon = () => new Promise((resolve) => setTimeout(resolve, 20));

test("a countdown counts, and says once that the time is over", async () => {
  const times = [0, 1000, 2000, 3000];
  const shown = [];
  let over = 0;
  await new Promise((resolve) => {
    countDown({
      until: new Date(2500).toISOString(), pause: 1,
      now: () => times[Math.min(shown.length, times.length - 1)],
      show: (words) => shown.push(words), over: () => { over += 1; resolve(); },
    });
  });
  await soon();
  assert.equal(shown[0], "0:03");
  assert.equal(shown.at(-1), "0:00");
  assert.equal(over, 1);
});

test("a countdown that is stopped is quiet", async () => {
  const shown = [];
  const stop = countDown({
    until: new Date(60_000).toISOString(), pause: 1, now: () => 0,
    show: (words) => shown.push(words), over: () => assert.fail("it was stopped"),
  });
  stop();
  await soon();
  assert.deepEqual(shown, ["1:00"]);
});
