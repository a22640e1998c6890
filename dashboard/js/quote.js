/**
 * The live quote: asked again on every change, after a short pause; answers to older questions are dropped; renewed before
 * it expires.
 *
 * @typedef {{quote: string, expires_at: string, total: number} & Record<string, any>} Quote
 * @typedef {{status: "idle" | "asking" | "ready" | "failed", wish: object | null, quote: Quote | null, error: any}} QuoteState
 *   `quote` stays the last good one while a new one is asked for
 */

import { now } from "./clock.js";

const PAUSE_MS = 250;
const EARLY_MS = 120_000;
const SOONEST_MS = 60_000; // whatever the clocks say: never ask without end
const LATEST_MS = 25 * 60_000;

/**
 * How long a quote may stand before it is renewed.
 * @param {string} expiresAt  RFC 3339
 * @param {number} moment     milliseconds since 1970, by the server's clock
 */
export function renewalDelay(expiresAt, moment) {
  const left = Date.parse(expiresAt) - moment - EARLY_MS;
  return Math.min(Math.max(Number.isFinite(left) ? left : SOONEST_MS, SOONEST_MS), LATEST_MS);
}

/**
 * @param {object} parts
 * @param {(wish: object, signal: AbortSignal) => Promise<Quote>} parts.ask
 * @param {(state: QuoteState) => void} parts.show
 * @param {number} [parts.pause]
 */
export function createQuoter({ ask, show, pause = PAUSE_MS }) {
  /** @type {QuoteState} */
  let state = { status: "idle", wish: null, quote: null, error: null };
  let latest = 0;
  let dueAt = Infinity;
  let pauseTimer;
  let renewTimer;
  /** @type {AbortController | null} */
  let running = null;

  const set = (change) => {
    state = { ...state, ...change };
    show(state);
  };

  const scheduleRenewal = (quote) => {
    const delay = renewalDelay(quote.expires_at, now());
    dueAt = Date.now() + delay;
    clearTimeout(renewTimer);
    renewTimer = setTimeout(() => run(state.wish), delay);
  };

  async function run(wish) {
    const turn = ++latest;
    running?.abort();
    running = new AbortController();
    try {
      const quote = await ask(wish, running.signal);
      if (turn !== latest) return state;
      scheduleRenewal(quote);
      set({ status: "ready", quote, error: null });
    } catch (error) {
      if (turn !== latest) return state;
      set({ status: "failed", error });
    }
    return state;
  }

  return {
    get state() {
      return state;
    },
    /** Asks for a wish; `now` skips the pause. The promise holds the state its answer led to. */
    request(wish, { now = false } = {}) {
      clearTimeout(pauseTimer);
      clearTimeout(renewTimer);
      latest += 1;
      set({ status: "asking", wish });
      if (now) return run(wish);
      return new Promise((resolve) => {
        pauseTimer = setTimeout(() => resolve(run(wish)), pause);
      });
    },
    /** Drops what is being asked, for a wish that cannot be quoted. */
    clear() {
      clearTimeout(pauseTimer);
      clearTimeout(renewTimer);
      latest += 1;
      running?.abort();
      dueAt = Infinity;
      set({ status: "idle", wish: null, error: null });
    },
    /** Timers sleep in background tabs: to be called when the page is seen again. */
    renewIfDue() {
      if (state.status === "ready" && Date.now() >= dueAt) run(state.wish);
    },
  };
}
