/** A value with a button that copies it. */

import { fill, h } from "../dom.js";
import { t } from "../i18n.js";
import { icon } from "../icons.js";

const SHOWN_MS = 2000;

/** Without https there is no clipboard interface; the old way still works. @param {string} text */
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = h("textarea", { value: text, readonly: true, class: "visually-hidden" });
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

/**
 * @param {object} parts
 * @param {string} parts.name     what the value is
 * @param {string} parts.text     what is copied
 * @param {any} [parts.shown]     how it is shown; the text itself by default
 * @param {(text: string) => void} parts.say  announces what happened
 */
export function copyRow({ name, text, shown = text, say }) {
  const face = h("span", {}, t("pay.copy"));
  const button = h("button", { type: "button", class: "button button-line button-small copy", "aria-label": t("pay.copyOf", { name }), on: { click: copy } }, icon("copy", 18), face);
  let timer;

  async function copy() {
    const done = await copyText(text);
    say(t(done ? "pay.copiedOf" : "pay.copyFailed", { name }));
    if (!done) return;
    fill(face, t("pay.copied"));
    button.classList.add("is-copied");
    clearTimeout(timer);
    timer = setTimeout(() => {
      fill(face, t("pay.copy"));
      button.classList.remove("is-copied");
    }, SHOWN_MS);
    button.focus();
  }

  return h("div", { class: "copy-row" }, h("div", { class: "copy-main" }, h("dt", {}, name), h("dd", { class: "copy-value" }, shown)), button);
}
