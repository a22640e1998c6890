/** Amounts, numbers and dates as people read them. Amounts are integers in the currency's minor unit; no float is ever made. */

const CURRENCIES = { VND: { digits: 0, symbol: "₫" }, USD: { digits: 2, symbol: "$" }, EUR: { digits: 2, symbol: "€" } };
const SEPARATORS = { vi: { thousands: ".", decimal: "," }, en: { thousands: ",", decimal: "." } };
const MINUS = "\u2212";
const BASIS = 10_000;
const MONTHS = 12;

/** @param {string} language */
const separators = (language) => SEPARATORS[language] ?? SEPARATORS.vi;

/** @param {number} value */
function requireInteger(value) {
  if (!Number.isSafeInteger(value)) throw new TypeError(`not an integer amount: ${value}`);
}

/**
 * 1234567 -> "1.234.567" (vi), "1,234,567" (en).
 * @param {number} value     an integer
 * @param {string} language
 */
export function formatNumber(value, language) {
  requireInteger(value);
  const digits = String(Math.abs(value)).replace(/\B(?=(\d{3})+$)/g, separators(language).thousands);
  return value < 0 ? MINUS + digits : digits;
}

/**
 * 299000 VND -> "299.000 ₫" (vi, a plain space), "₫299,000" (en).
 * @param {number} amount    minor units
 * @param {string} currency  ISO 4217
 * @param {string} language
 */
export function formatMoney(amount, currency, language) {
  requireInteger(amount);
  const { digits, symbol } = CURRENCIES[currency] ?? { digits: 2, symbol: currency };
  const size = Math.abs(amount);
  const scale = 10 ** digits;
  const rest = digits ? separators(language).decimal + String(size % scale).padStart(digits, "0") : "";
  const figure = formatNumber((size - (size % scale)) / scale, language) + rest;
  const sign = amount < 0 ? MINUS : "";
  return language === "en" ? `${sign}${symbol}${figure}` : `${sign}${figure} ${symbol}`;
}

/**
 * 800 -> "8%", 1250 -> "12,5%" (vi), "12.5%" (en).
 * @param {number} basisPoints
 * @param {string} language
 */
export function formatRate(basisPoints, language) {
  requireInteger(basisPoints);
  const rest = String(basisPoints % 100).padStart(2, "0").replace(/0+$/, "");
  return `${Math.trunc(basisPoints / 100)}${rest && separators(language).decimal + rest}%`;
}

/**
 * The parts of a moment in a time zone, as text.
 * @param {string} moment  RFC 3339
 * @param {string} language
 * @param {string} timeZone
 * @param {Intl.DateTimeFormatOptions} options
 */
function partsOf(moment, language, timeZone, options) {
  const date = new Date(moment);
  if (Number.isNaN(date.getTime())) return null;
  const format = new Intl.DateTimeFormat(language === "en" ? "en-GB" : "vi-VN", { timeZone, ...options });
  return Object.fromEntries(format.formatToParts(date).map(({ type, value }) => [type, value]));
}

/**
 * "2026-11-22T18:00:00Z" in Asia/Ho_Chi_Minh -> "23/11/2026" (vi), "23 Nov 2026" (en); "" for what is no date.
 * @param {string | null | undefined} moment
 * @param {string} language
 * @param {string} timeZone
 */
export function formatDate(moment, language, timeZone) {
  if (!moment) return "";
  const month = language === "en" ? "short" : "2-digit";
  const parts = partsOf(moment, language, timeZone, { day: "2-digit", month, year: "numeric" });
  if (!parts) return "";
  if (language === "en") return `${Number(parts.day)} ${parts.month} ${parts.year}`;
  return `${parts.day}/${parts.month}/${parts.year}`;
}

/**
 * Date and time: "23/11/2026 14:05", "23 Nov 2026 14:05".
 * @param {string | null | undefined} moment
 * @param {string} language
 * @param {string} timeZone
 */
export function formatDateTime(moment, language, timeZone) {
  const date = formatDate(moment, language, timeZone);
  if (!date) return "";
  const time = partsOf(moment, language, timeZone, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  return `${date} ${time.hour}:${time.minute}`;
}

/**
 * A year's price as what one month of it costs, rounded half up.
 * @param {number} amount  minor units, not negative
 */
export function monthlyShare(amount) {
  requireInteger(amount);
  const doubled = 2 * amount + MONTHS;
  return (doubled - (doubled % (2 * MONTHS))) / (2 * MONTHS);
}

/**
 * What a year bought at once saves against twelve months: money, and basis points rounded down to whole percents.
 * @param {number} monthAmount
 * @param {number} yearAmount
 * @returns {{amount: number, basisPoints: number} | null}  null when nothing is saved
 */
export function yearSaving(monthAmount, yearAmount) {
  const full = monthAmount * MONTHS;
  const amount = full - yearAmount;
  if (full <= 0 || amount <= 0) return null;
  const share = (amount * BASIS - ((amount * BASIS) % full)) / full;
  return { amount, basisPoints: share - (share % 100) };
}
