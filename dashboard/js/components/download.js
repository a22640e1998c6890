/** A button that fetches a document with the caller's token and saves it. */

import { api } from "../api.js";
import { fill, h } from "../dom.js";
import { t } from "../i18n.js";
import { icon } from "../icons.js";
import { errorWords } from "../words.js";
import { isBusy } from "./controls.js";

/** "1C26TGO-00000001"; the id where no more is known of the document. @param {any} invoice */
export const documentNumber = ({ id, series, number_text: number }) => [series, number].filter(Boolean).join("-") || id;

/** Saves a file that the page holds. @param {Blob} blob @param {string} name */
export function save(blob, name) {
  const address = URL.createObjectURL(blob);
  const link = h("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** @param {any} invoice  {id, series?, number_text?, filename?} @param {{quiet?: boolean}} [options] */
export function downloadButton(invoice, { quiet = false } = {}) {
  const face = h("span", {}, t("result.download"));
  const error = h("span", { class: "field-error", role: "status" });
  const button = h("button", {
    type: "button", class: `button button-small ${quiet ? "button-quiet" : "button-line"}`,
    "aria-label": t("account.downloadOf", { number: documentNumber(invoice) }), on: { click: download },
  }, icon("download", 18), face);

  async function download() {
    if (isBusy(button)) return;
    fill(error);
    fill(face, t("result.downloading"));
    button.setAttribute("aria-disabled", "true");
    try {
      save(await api.invoicePdf(invoice.id), invoice.filename ?? `${invoice.id}.pdf`);
    } catch (problem) {
      fill(error, errorWords(problem));
    }
    button.setAttribute("aria-disabled", "false");
    fill(face, t("result.download"));
  }

  return h("span", { class: "download" }, button, error);
}
