import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { createPolling } from "../../../dashboard/js/polling.js";

const settle = () => new Promise((resolve) => setImmediate(resolve));

beforeEach(() => mock.timers.enable({ apis: ["setTimeout"] }));
afterEach(() => mock.timers.reset());

/** A page that can be hidden, and a question that counts itself. */
function scene({ settledAfter = Infinity } = {}) {
  const page = Object.assign(new EventTarget(), { hidden: false });
  const seen = { count: 0 };
  const ask = async () => ++seen.count >= settledAfter;
  const see = (hidden) => {
    page.hidden = hidden;
    page.dispatchEvent(new Event("visibilitychange"));
  };
  return { seen, see, polling: createPolling({ ask, pauses: [100, 200], page }) };
}

const pass = async (milliseconds) => {
  mock.timers.tick(milliseconds);
  await settle();
};

test("the pauses grow, and the last one is repeated", async () => {
  const { seen, polling } = scene();
  polling.start();
  await settle();
  for (const [wait, count] of [[100, 2], [199, 2], [1, 3], [200, 4]]) {
    await pass(wait);
    assert.equal(seen.count, count);
  }
  polling.stop();
});

test("nothing is asked once it is settled", async () => {
  const { seen, polling } = scene({ settledAfter: 2 });
  polling.start();
  await settle();
  await pass(100);
  await pass(10_000);
  assert.equal(seen.count, 2);
});

test("a hidden page asks nothing, and asks at once when it is seen again", async () => {
  const { seen, see, polling } = scene();
  polling.start();
  await settle();
  see(true);
  await pass(10_000);
  assert.equal(seen.count, 1);
  see(false);
  await settle();
  assert.equal(seen.count, 2);
  polling.stop();
});

test("asking now starts again what had ended", async () => {
  const { seen, polling } = scene({ settledAfter: 1 });
  polling.start();
  await settle();
  polling.askNow();
  await settle();
  assert.equal(seen.count, 2);
});
