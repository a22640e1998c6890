/** Form controls: every one a native input with its label, so that keyboards and screen readers need nothing from us. */

import { fill, h, uniqueId } from "../dom.js";
import { t } from "../i18n.js";
import { icon } from "../icons.js";

/**
 * Two or more choices side by side, as radio buttons.
 * @param {object} parts
 * @param {string} parts.legend
 * @param {{value: string, label: string, note?: string, disabled?: boolean}[]} parts.choices
 * @param {string} parts.value
 * @param {(value: string) => void} parts.change
 * @param {boolean} [parts.hideLegend]
 */
export function segmented({ legend, choices, value, change, hideLegend = false }) {
  const name = uniqueId("segment");
  return h("fieldset", { class: "segmented" },
    h("legend", { class: hideLegend ? "visually-hidden" : "" }, legend),
    h("div", { class: "segmented-choices" }, choices.map((choice) => {
      const note = choice.note ? h("span", { class: "segment-note", id: uniqueId("note") }, choice.note) : null;
      return h("label", { class: "segment" },
        h("input", {
          type: "radio", name, value: choice.value, checked: choice.value === value, disabled: choice.disabled ?? false,
          "aria-label": choice.label, "aria-describedby": note?.id, on: { change: () => change(choice.value) },
        }),
        h("span", { class: "segment-face" }, choice.label, note));
    })));
}

/**
 * A field with its label, hint and error. The error is announced and described to the input.
 * @param {object} parts
 * @param {string} parts.name       the API's name of the field
 * @param {string} parts.label
 * @param {Record<string, any>} [parts.input]   attributes of the input
 * @param {boolean} [parts.hideLabel]          where a heading says the same
 * @param {boolean} [parts.optional]
 * @param {string} [parts.hint]
 * @param {any} [parts.after]       what stands beside the input
 */
export function field({ name, label, hideLabel = false, input = {}, optional = false, hint = "", after = null }) {
  const id = uniqueId(name);
  const error = h("p", { class: "field-error", id: `${id}-error` });
  const note = hint && h("p", { class: "field-hint", id: `${id}-hint` }, hint);
  const control = h("input", {
    id, name, class: "input", type: "text", autocomplete: "off",
    "aria-describedby": [hint && `${id}-hint`, `${id}-error`].filter(Boolean).join(" "), ...input,
  });
  const caption = h("span", {}, label);
  const element = h("div", { class: "field" },
    h("label", { htmlFor: id, class: hideLabel ? "visually-hidden" : "field-label" }, caption, optional && h("span", { class: "faint" }, ` (${t("checkout.optional")})`)),
    after ? h("div", { class: "field-row" }, control, after) : control, note, error);
  return {
    element,
    control,
    get value() {
      return control.value.trim();
    },
    rename: (text) => fill(caption, text),
    /** @param {string} text  "" when the field is good again */
    fail(text) {
      fill(error, text && icon("alert", 16), text);
      if (text) control.setAttribute("aria-invalid", "true");
      else control.removeAttribute("aria-invalid");
    },
    get failed() {
      return control.getAttribute("aria-invalid") === "true";
    },
  };
}

/**
 * An on/off switch.
 * @param {{label: string, checked: boolean, change: (on: boolean) => void, controls?: string}} parts
 */
export function toggle({ label, checked, change, controls }) {
  const control = h("input", {
    type: "checkbox", role: "switch", class: "toggle-input", checked, "aria-controls": controls,
    on: { change: () => change(control.checked) },
  });
  return h("label", { class: "toggle" }, h("span", { class: "toggle-label" }, label), control, h("span", { class: "toggle-track", "aria-hidden": "true" }));
}

/**
 * A whole number between 1 and a maximum: typed, or stepped by the buttons and the arrow keys.
 * @param {{label: string, value: number, maximum: number, change: (value: number | null) => void}} parts  null: not a number in range
 */
export function stepper({ label, value, maximum, change }) {
  const id = uniqueId("quantity");
  const error = h("p", { class: "field-error", id: `${id}-error` });
  const hint = h("p", { class: "field-hint", id: `${id}-hint` }, t("checkout.range", { maximum }));
  const control = h("input", {
    id, class: "input stepper-input", type: "text", inputmode: "numeric", autocomplete: "off", role: "spinbutton", name: "quantity",
    "aria-valuemin": 1, "aria-valuemax": maximum, "aria-valuenow": value, "aria-describedby": `${id}-hint ${id}-error`, value: String(value),
    on: { input: () => typed(), keydown: (event) => keyed(event), blur: () => typed() },
  });
  const less = h("button", { type: "button", class: "stepper-button", "aria-label": t("checkout.less"), on: { click: () => step(-1) } }, icon("minus"));
  const more = h("button", { type: "button", class: "stepper-button", "aria-label": t("checkout.moreOne"), on: { click: () => step(1) } }, icon("plus"));

  const read = () => {
    const text = control.value.trim();
    const count = /^\d{1,4}$/.test(text) ? Number(text) : 0;
    return count >= 1 && count <= maximum ? count : null;
  };

  function fail(text) {
    fill(error, text && icon("alert", 16), text);
    if (text) control.setAttribute("aria-invalid", "true");
    else control.removeAttribute("aria-invalid");
  }

  function reflect(count) {
    if (count !== null) control.setAttribute("aria-valuenow", count);
    less.setAttribute("aria-disabled", String(count === 1));
    more.setAttribute("aria-disabled", String(count === maximum));
    fail(count === null ? t("checkout.rangeError", { maximum }) : "");
  }

  let last = value;
  function typed() {
    const count = read();
    reflect(count);
    if (count !== last) change((last = count));
  }

  function put(count) {
    control.value = String(Math.min(Math.max(count, 1), maximum));
    typed();
  }

  const step = (by) => put((read() ?? 1) + by);

  function keyed(event) {
    const moves = { ArrowUp: 1, ArrowDown: -1, PageUp: 6, PageDown: -6 };
    if (!(event.key in moves)) return;
    event.preventDefault();
    step(moves[event.key]);
  }

  reflect(read());
  const element = h("div", { class: "field" },
    h("label", { htmlFor: id, class: "field-label" }, label),
    h("div", { class: "stepper" }, less, control, more), hint, error);
  return { element, control, fail };
}

/**
 * Marks a button as busy: it keeps its place and its focus, and does nothing.
 * @param {HTMLElement} button
 * @param {string} busyText  "" when it is ready again
 */
export function setBusy(button, busyText) {
  button.dataset.label ??= button.textContent ?? "";
  button.setAttribute("aria-disabled", String(Boolean(busyText)));
  button.classList.toggle("is-busy", Boolean(busyText));
  fill(button, busyText && h("span", { class: "spinner", "aria-hidden": "true" }), busyText || button.dataset.label);
}

/** @param {HTMLElement} button */
export const isBusy = (button) => button.getAttribute("aria-disabled") === "true";
