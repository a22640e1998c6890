import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { createQuoter, renewalDelay } from "../../../dashboard/js/quote.js";

const MINUTE = 60_000;
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Questions that are answered by hand, and every state that was shown. */
function desk(pause = 250) {
  const asked = [];
  const states = [];
  const ask = (wish) => new Promise((resolve, reject) => asked.push({ wish, resolve, reject }));
  return { asked, states, quoter: createQuoter({ ask, pause, show: (state) => states.push(state) }) };
}

const quote = (total, minutes = 30) => ({ quote: `q${total}`, total, expires_at: new Date(Date.now() + minutes * MINUTE).toISOString() });

test("changes in quick succession are one question", async () => {
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  const { asked, quoter } = desk();
  for (const quantity of [1, 2, 3]) quoter.request({ quantity });
  mock.timers.tick(250);
  assert.deepEqual(asked.map(({ wish }) => wish.quantity), [3]);
  mock.timers.reset();
});

test("an answer to an older question is dropped, in whatever order they come", async () => {
  const { asked, states, quoter } = desk();
  quoter.request({ quantity: 1 }, { now: true });
  quoter.request({ quantity: 2 }, { now: true });
  asked[1].resolve(quote(200));
  await settle();
  asked[0].resolve(quote(100));
  await settle();
  assert.equal(quoter.state.quote.total, 200);
  assert.deepEqual(states.map(({ status }) => status), ["asking", "asking", "ready"]);
  quoter.clear();
});

test("a late failure of an older question changes nothing", async () => {
  const { asked, quoter } = desk();
  quoter.request({ quantity: 1 }, { now: true });
  quoter.request({ quantity: 2 }, { now: true });
  asked[1].resolve(quote(200));
  await settle();
  asked[0].reject(new Error("late"));
  await settle();
  assert.equal(quoter.state.status, "ready");
  quoter.clear();
});

test("the last good quote stays while the next is asked for, and is not taken for it", async () => {
  const { asked, quoter } = desk();
  quoter.request({ quantity: 1 }, { now: true });
  asked[0].resolve(quote(100));
  await settle();
  quoter.request({ quantity: 2 }, { now: true });
  assert.equal(quoter.state.status, "asking");
  assert.equal(quoter.state.quote.total, 100);
  asked[1].reject(new Error("down"));
  await settle();
  assert.equal(quoter.state.status, "failed");
  quoter.clear();
});

test("a quote is renewed silently two minutes before it expires", async () => {
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  const { asked, states, quoter } = desk();
  quoter.request({ quantity: 1 }, { now: true });
  asked[0].resolve(quote(100, 10));
  await settle();
  mock.timers.tick(8 * MINUTE - 1);
  assert.equal(asked.length, 1);
  mock.timers.tick(1);
  assert.equal(asked.length, 2);
  assert.equal(states.at(-1).status, "ready");
  quoter.clear();
  mock.timers.reset();
});

test("a page seen again renews a quote that fell due while timers slept", async () => {
  mock.timers.enable({ apis: ["Date"] });
  const { asked, quoter } = desk();
  quoter.request({ quantity: 1 }, { now: true });
  asked[0].resolve(quote(100));
  await settle();
  quoter.renewIfDue();
  assert.equal(asked.length, 1);
  mock.timers.tick(29 * MINUTE);
  quoter.renewIfDue();
  assert.equal(asked.length, 2);
  quoter.clear();
  mock.timers.reset();
});

test("a browser's clock that is wrong neither asks without end nor never again", () => {
  const now = Date.parse("2026-11-23T00:00:00Z");
  assert.equal(renewalDelay("2026-11-23T00:30:00Z", now), 25 * MINUTE);
  assert.equal(renewalDelay("2020-01-01T00:00:00Z", now), MINUTE);
  assert.equal(renewalDelay("2036-01-01T00:00:00Z", now), 25 * MINUTE);
  assert.equal(renewalDelay("nonsense", now), MINUTE);
});
