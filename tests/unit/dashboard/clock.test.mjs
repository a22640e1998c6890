import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { learn, now } from "../../../dashboard/js/clock.js";

const HOUR = 3_600_000;
const NOON = Date.parse("2026-11-23T05:00:00Z");

/** An answer of the server at a moment of its clock. */
const answer = (moment, cache = "no-store") =>
  new Response("", { headers: { Date: new Date(moment).toUTCString(), "Cache-Control": cache } });

/** What `now` says on a machine whose clock shows noon, after an answer that took `took` milliseconds. */
function after(response, took = 0) {
  mock.timers.enable({ apis: ["Date"], now: NOON });
  learn(response, NOON - took);
  const told = now();
  mock.timers.reset();
  return told;
}

test("a clock that is wrong by hours is corrected, either way", () => {
  assert.equal(after(answer(NOON + 3 * HOUR)), NOON + 3 * HOUR + 500);
  assert.equal(after(answer(NOON - 3 * HOUR)), NOON - 3 * HOUR + 500);
});

test("the time that the answer took is shared between the ways there and back", () => {
  assert.equal(after(answer(NOON + HOUR), 4000), NOON + HOUR + 2500);
});

test("a clock that is right is left alone", () => {
  after(answer(NOON + HOUR));
  assert.equal(after(answer(NOON - 1000)), NOON);
});

test("an answer from a cache, or without its time, teaches nothing", () => {
  after(answer(NOON));
  assert.equal(after(answer(NOON - HOUR, "public, max-age=60")), NOON);
  assert.equal(after(new Response("", { headers: { "Cache-Control": "no-store" } })), NOON);
  assert.equal(after(new Response("", { headers: { Date: "yesterday", "Cache-Control": "no-store" } })), NOON);
});
