/** The time that is left, second by second. */

import { now as serverTime } from "./clock.js";

const SECOND = 1000;

/** 3725000 -> "1:02:05", 65000 -> "1:05"; never below zero. @param {number} milliseconds */
export function clockWords(milliseconds) {
  const seconds = Math.max(0, Math.ceil(milliseconds / SECOND));
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (value) => String(value).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/**
 * @param {object} parts
 * @param {string} parts.until              RFC 3339
 * @param {(words: string) => void} parts.show
 * @param {() => void} parts.over           called once, when the time has passed
 * @param {() => number} [parts.now]        milliseconds since 1970
 * @param {number} [parts.pause]            milliseconds between two looks at the clock
 * @returns {() => void}  stops it
 */
export function countDown({ until, show, over, now = serverTime, pause = SECOND }) {
  const end = new Date(until).getTime();
  const timer = setInterval(tick, pause);

  function tick() {
    const left = end - now();
    show(clockWords(left));
    if (left > 0) return;
    clearInterval(timer);
    over();
  }

  tick();
  return () => clearInterval(timer);
}
