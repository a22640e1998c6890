import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { alignmentCentres, qrCode } from "../../../dashboard/js/qr.js";

const { codes } = JSON.parse(readFileSync(new URL("../../vectors/qr.json", import.meta.url), "utf8"));
const rowsOf = (code) => code.map((row) => row.map(Number).join(""));
const digest = (rows) => createHash("sha256").update(rows.join("\n")).digest("hex");

test("codes are those of another program, in every version and under every mask", () => {
  assert.equal(codes.length, 61);
  for (const { text, mask, version, rows, sha256 } of codes) {
    const ours = rowsOf(qrCode(text, mask));
    assert.equal(ours.length, 17 + 4 * version, text);
    if (rows) assert.deepEqual(ours, rows);
    else assert.equal(digest(ours), sha256, `version ${version}, mask ${mask}`);
  }
});

test("left to itself, a code takes one of the eight masks", () => {
  const [{ text }] = codes;
  const chosen = rowsOf(qrCode(text)).join("\n");
  const masked = Array.from({ length: 8 }, (_, mask) => rowsOf(qrCode(text, mask)).join("\n"));
  assert.equal(masked.filter((one) => one === chosen).length, 1);
});

test("alignment patterns stand where the standard has them", () => {
  assert.deepEqual(alignmentCentres(1), []);
  assert.deepEqual(alignmentCentres(2), [6, 18]);
  assert.deepEqual(alignmentCentres(7), [6, 22, 38]);
  assert.deepEqual(alignmentCentres(20), [6, 34, 62, 90]);
});

test("a text that does not fit is refused", () => {
  assert.equal(qrCode("x".repeat(666)).length, 97);
  assert.throws(() => qrCode("x".repeat(667)), RangeError);
});
