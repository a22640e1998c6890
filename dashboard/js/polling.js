/** Asking again and again until something is settled: slower each time, and not at all while nobody looks. */

/** The pauses in milliseconds; the last one is repeated. */
export const PAUSES = [1000, 1000, 1500, 2000, 3000, 4000, 5000, 6000, 8000, 10_000];

/**
 * @param {object} parts
 * @param {() => Promise<boolean>} parts.ask  true when settled; must not throw
 * @param {readonly number[]} [parts.pauses]
 * @param {Document} [parts.page]             seen or hidden
 * @returns {{start: () => void, stop: () => void, askNow: () => void}}
 */
export function createPolling({ ask, pauses = PAUSES, page = document }) {
  let timer;
  let turn = 0;
  let asked = 0;
  let ended = true;

  async function run() {
    const mine = ++turn;
    clearTimeout(timer);
    const settled = await ask();
    if (mine !== turn || ended) return;
    if (settled) return stop();
    timer = setTimeout(next, pauses[Math.min(asked++, pauses.length - 1)]);
  }

  const next = () => {
    if (!page.hidden) run();
  };

  const seen = () => {
    if (!page.hidden && !ended) run();
  };

  function stop() {
    ended = true;
    turn += 1;
    clearTimeout(timer);
    page.removeEventListener("visibilitychange", seen);
  }

  function start() {
    stop();
    ended = false;
    asked = 0;
    page.addEventListener("visibilitychange", seen);
    run();
  }

  return {
    start,
    stop,
    askNow() {
      if (ended) start();
      else run();
    },
  };
}
