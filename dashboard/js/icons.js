/** Our own line drawings, on a grid of 24. The payment marks are plain letters and signs of ours, not anybody's logo. */

import { drawing } from "./dom.js";

const SHAPES = {
  home: ["M4 11.5 12 4l8 7.5V20h-5.5v-5h-5v5H4Z"],
  layers: ["m12 3.5 8.5 4.5L12 12.5 3.5 8Z", "m4 12.5 8 4.2 8-4.2", "m4 16.5 8 4 8-4"],
  person: ["M12 12.2a4 4 0 1 0 0-8 4 4 0 0 0 0 8Z", "M4.5 20.5c.8-3.6 3.8-5.4 7.5-5.4s6.7 1.8 7.5 5.4"],
  spark: ["M12 3.5 13.9 10.1 20.5 12l-6.6 1.900L12 20.500l-1.9-6.600L3.5 12l6.6-1.900Z"],
  check: ["m5 12.8 4.6 4.600L19.5 7"],
  cross: ["m6.5 6.5 11 11", "m17.5 6.5-11 11"],
  minus: ["M5.5 12h13"],
  plus: ["M5.5 12h13", "M12 5.500v13"],
  arrow: ["M5 12h13.5", "m13 6.5 5.5 5.5-5.5 5.5"],
  back: ["M19 12H5.5", "m11 6.5-5.5 5.5 5.5 5.5"],
  chevron: ["m7 10 5 5 5-5"],
  clock: ["M12 20.500a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17Z", "M12 7.500V12l3 2.2"],
  alert: ["M12 4 21 19.500H3Z", "M12 10v4.2", "M12 16.900v.2"],
  paper: ["M6 3.500h8.500L18.5 7.500v13H6Z", "M14 3.500V8h4.5", "M9 12h6.5", "M9 15.800h6.5"],
  download: ["M12 4v11", "m7.5 11 4.5 4.5 4.5-4.5", "M5 19.800h14"],
  copy: ["M9 9h10.500v11.500H9Z", "M15 9V3.500H4.500V15H9"],
  mail: ["M3.5 6h17v12.500h-17Z", "m4 6.5 8 6.5 8-6.5"],
  tag: ["M4 4h8.500l8 8-8.5 8.5-8-8Z", "M8.2 8.200v.1"],
  lock: ["M6 10.500h12v9.500H6Z", "M8.5 10.500V8a3.5 3.5 0 0 1 7 0v2.5"],
  exit: ["M10 4.500H5v15h5", "M10 12h9.5", "m15.5 8 4 4-4 4"],
  globe: ["M12 20.500a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17Z", "M3.5 12h17", "M12 3.500c3 2.6 3.8 5.4 3.8 8.500s-.8 5.9-3.8 8.500c-3-2.6-3.8-5.4-3.8-8.500s.8-5.9 3.8-8.500Z"],
  bank: ["m12 4 8.5 5h-17Z", "M5.5 12v5M10 12v5M14 12v5M18.5 12v5", "M3.5 20h17"],
  wallet: ["M4 7h14.500v12.500H4Z", "M4 7l11-3v3", "M14 11.500h6.500v4H14Z"],
  card: ["M3.5 6h17v12.500h-17Z", "M3.5 10h17", "M6.5 15h4"],
  qr: ["M4 4h6v6H4Z", "M14 4h6v6h-6Z", "M4 14h6v6H4Z", "M14 14h2.500v2.500H14Z", "M20 14v2.500M17.5 20H20M14 20v-.5"],
};

/** @param {keyof typeof SHAPES} name @param {number} [size] */
export const icon = (name, size = 20) => drawing(SHAPES[name], { size });

// On a grid of 32, over a tile: a letter, or what one pays with.
const TILE = "M9 0h14a9 9 0 0 1 9 9v14a9 9 0 0 1-9 9H9a9 9 0 0 1-9-9V9a9 9 0 0 1 9-9Z";
const MARKS = {
  vnpay: ["m9 10.500 7 11.500 7-11.500"],
  momo: ["M8.500 22V10.500l7.500 7.500 7.500-7.500V22"],
  zalopay: ["M10 10.500h12.500L9.500 21.500h12.500"],
  payos: ["M12 23V9.500h5.250a4.500 4.500 0 0 1 0 9H12"],
  sepay: ["M9 9h5v5H9Z", "M18 9h5v5h-5Z", "M9 18h5v5H9Z", "M18.500 18.500v.1M23 18.500v.1M18.500 23v.1M23 23v.1"],
  stripe: ["M7.500 10.500h17v11.500h-17Z", "M7.500 14.250h17", "M11 18.500h3.500"],
};
const OTHER_MARKS = { qr: MARKS.sepay, redirect: ["m16 8.500 8 4.500H8Z", "M10.500 15.500v5M16 15.500v5M21.500 15.500v5", "M8.500 23.500h15"] };

/** The mark of a way to pay. @param {{id: string, kind?: string}} provider @param {number} [size] */
export const providerMark = ({ id, kind = "redirect" }, size = 36) =>
  drawing([TILE, ...(MARKS[id] ?? OTHER_MARKS[kind] ?? OTHER_MARKS.redirect)], { size, class: `mark mark-${id in MARKS ? id : "other"}`, box: 32 });

/** The sign of the product: a parcel with its two crossing bands. @param {number} [size] */
export function logo(size = 28) {
  const svg = drawing(["M0 0h32v32H0Z", "M11 0v32M21 0v32M0 11h32M0 21h32", "M12 12h8v8h-8Z"], { size, class: "logo", box: 32 });
  return svg;
}
