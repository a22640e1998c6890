/** The language of the pages: vi unless the reader has chosen en. Texts live in texts/, one file for each language. */

import { config } from "../config.js";
import * as format from "./format.js";
import { lasting } from "./storage.js";
import en from "./texts/en.js";
import vi from "./texts/vi.js";

const KEY = "goi.language";
const TEXTS = { vi, en };

export const LANGUAGES = Object.keys(TEXTS);

/** @type {string} */
export const language = LANGUAGES.includes(lasting.read(KEY)) ? lasting.read(KEY) : "vi";

/** @param {string} chosen  remembered; the page is loaded again, so that names from the API follow */
export function chooseLanguage(chosen) {
  if (!LANGUAGES.includes(chosen) || chosen === language) return;
  lasting.write(KEY, chosen);
  globalThis.location.reload();
}

/**
 * The text of a key with its {placeholders} filled.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 */
export function t(key, values = {}) {
  const text = TEXTS[language][key];
  if (text === undefined) throw new Error(`no text for ${key}`);
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** @param {string} key  whether there is such a text, for words made from what the API says */
export const hasText = (key) => key in TEXTS[language];

/**
 * A text that counts: `key.one` or `key.other`, with {count} filled.
 * @param {string} key
 * @param {number} count
 */
export function plural(key, count) {
  const form = language === "en" && count === 1 ? "one" : "other";
  return t(`${key}.${form}`, { count: number(count) });
}

export const number = (value) => format.formatNumber(value, language);
export const money = (amount, currency) => format.formatMoney(amount, currency, language);
export const rate = (basisPoints) => format.formatRate(basisPoints, language);
export const date = (moment) => format.formatDate(moment, language, config.timeZone);
export const dateTime = (moment) => format.formatDateTime(moment, language, config.timeZone);
