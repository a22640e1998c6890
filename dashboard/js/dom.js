/** Elements from values. Text is only ever set as text, so nothing that comes from outside can become markup. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {string} tag
 * @param {Record<string, any>} [attributes]  `class`, `on` {event: listener}, `data` {name: value}, properties such as
 *   `value`, `checked`, `disabled`, `hidden`; everything else becomes an attribute; null, undefined and false are left out
 * @param {...any} children  nodes, text, or lists of them; null and false are left out
 * @returns {any}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) set(element, name, value);
  element.append(...flat(children));
  return element;
}

const PROPERTIES = new Set(["value", "checked", "disabled", "hidden", "required", "readOnly", "htmlFor", "max", "min"]);

function set(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name === "on") for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
  else if (name === "data") Object.assign(element.dataset, value);
  else if (PROPERTIES.has(name)) element[name] = value;
  else element.setAttribute(name, value === true ? "" : String(value));
}

const flat = (children) => children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);

/** Replaces what an element holds. */
export function fill(element, ...children) {
  element.replaceChildren(...flat(children));
  return element;
}

let counter = 0;
/** An id for labels and descriptions, new in this page. @param {string} prefix */
export const uniqueId = (prefix) => `${prefix}-${++counter}`;

/**
 * An SVG of strokes that takes the text's colour; hidden from assistive technology, as a text always stands beside it.
 * @param {string[]} paths
 * @param {{size?: number, class?: string, box?: number}} [options]
 */
export function drawing(paths, { size = 20, class: className = "icon", box = 24 } = {}) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [name, value] of Object.entries({
    viewBox: `0 0 ${box} ${box}`, width: size, height: size, class: className, "aria-hidden": "true", focusable: "false",
  })) svg.setAttribute(name, String(value));
  for (const d of paths) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d);
    svg.append(path);
  }
  return svg;
}

/** An amount of money or a figure that must not break over lines. */
export const figure = (text, className = "") => h("span", { class: `figure ${className}`.trim() }, text);

/**
 * A text of i18n.js in which the values keep together when the line breaks: "rẻ hơn [598.000 ₫] so với trả từng tháng".
 * @param {string} text                       with its {placeholders} unfilled
 * @param {Record<string, string>} values
 * @returns {(string | HTMLElement)[]}
 */
export function phrase(text, values) {
  return text.split(/(\{\w+\})/).filter(Boolean).map((part) => {
    const value = values[part.slice(1, -1)];
    return part.startsWith("{") && value !== undefined ? figure(value) : part;
  });
}

/** Text for assistive technology only. */
export const spoken = (text) => h("span", { class: "visually-hidden" }, text);
