/** Messages: in the page with a way forward, or one line announced where something was done. */

import { h } from "../dom.js";
import { t } from "../i18n.js";
import { icon } from "../icons.js";
import { errorWords } from "../words.js";

/**
 * An error in place of content, with a button to try again.
 * @param {any} error
 * @param {{title?: string, retry?: () => void, way?: Node | null}} [options]  `way`: a link to what can be had instead
 */
export function failure(error, { title, retry, way = null } = {}) {
  if (!error?.kind) console.error(error); // a fault of these pages, not an answer of the API
  const heading = error?.kind === "network" ? t("error.network.title") : (title ?? t("error.title"));
  return h("div", { class: "notice notice-bad", role: "alert" },
    icon("alert", 24),
    h("div", { class: "notice-text" },
      h("p", { class: "notice-title" }, heading),
      h("p", {}, errorWords(error)),
      error?.requestId && h("p", { class: "faint" }, t("error.reference", { id: error.requestId })),
      way,
      retry && h("button", { type: "button", class: "button button-quiet", on: { click: retry } }, t("app.retry"))));
}

/** What stands where a list is empty. @param {string} title @param {string} [lead] */
export function empty(title, lead) {
  return h("div", { class: "empty" }, h("p", { class: "empty-title" }, title), lead && h("p", { class: "muted" }, lead));
}

/** Grey shapes while something loads. @param {number} count @param {string} className */
export function skeleton(count, className) {
  const shapes = Array.from({ length: count }, () => h("div", { class: `skeleton ${className}`, "aria-hidden": "true" }));
  return h("div", { class: "skeletons", role: "status" }, h("span", { class: "visually-hidden" }, t("app.loading")), shapes);
}
