/** A QR code as people see it: dark on light in every colour scheme, with the light margin that scanners need. */

import { drawing, h } from "../dom.js";
import { qrCode } from "../qr.js";

const MARGIN = 4;
const PIXELS = 10; // of a module in the saved picture

/** Dark modules as one path, a rectangle for each run in a row. @param {boolean[][]} rows */
function pathOf(rows) {
  const runs = rows.flatMap((row, y) =>
    [...row.map(Number).join("").matchAll(/1+/g)].map((run) => `M${run.index + MARGIN} ${y + MARGIN}h${run[0].length}v1h-${run[0].length}z`));
  return runs.join("");
}

/** @param {string} content @param {string} label  what it is, for those who do not see it */
export function qrPicture(content, label) {
  const rows = qrCode(content);
  const svg = drawing([pathOf(rows)], { size: 280, class: "qr-code", box: rows.length + 2 * MARGIN });
  return h("div", { class: "qr-frame", role: "img", "aria-label": label }, svg);
}

/** The same as a PNG, to be opened in a bank's app on the same phone. @param {string} content @returns {Promise<Blob | null>} */
export function qrFile(content) {
  const rows = qrCode(content);
  const size = (rows.length + 2 * MARGIN) * PIXELS;
  const canvas = h("canvas", { width: size, height: size });
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, size, size);
  pen.fillStyle = "#000";
  rows.forEach((row, y) => row.forEach((dark, x) => dark && pen.fillRect((x + MARGIN) * PIXELS, (y + MARGIN) * PIXELS, PIXELS, PIXELS)));
  return new Promise((resolve) => canvas.toBlob(resolve));
}
