/** A list that is read page by page with the API's cursor. */

import { fill, h } from "../dom.js";
import { t } from "../i18n.js";
import { isBusy, setBusy } from "./controls.js";
import { failure, skeleton } from "./notice.js";

/**
 * @param {object} parts
 * @param {(cursor: string | null) => Promise<{items: any[], next_cursor: string | null}>} parts.load
 * @param {(item: any) => Node} parts.row
 * @param {() => Node} parts.none         what stands in an empty list's place
 * @returns {{element: HTMLElement, start: () => Promise<void>}}
 */
export function pager({ load, row, none }) {
  const list = h("ul", { class: "rows" });
  const foot = h("div", { class: "rows-foot" });
  const element = h("div", {}, list, foot);

  async function read(cursor) {
    try {
      const { items, next_cursor: next } = await load(cursor);
      const first = items.map((item) => list.appendChild(row(item)))[0];
      if (!list.children.length) fill(element, none());
      fill(foot, next && more(next));
      if (cursor) first?.querySelector("a, button")?.focus();
    } catch (error) {
      fill(foot, failure(error, { retry: () => read(cursor) }));
    }
  }

  function more(cursor) {
    const button = h("button", { type: "button", class: "button button-line", on: { click: () => {
      if (isBusy(button)) return;
      setBusy(button, t("app.loading"));
      read(cursor);
    } } }, t("app.more"));
    return button;
  }

  return {
    element,
    start() {
      fill(foot, skeleton(3, "skeleton-row"));
      return read(null);
    },
  };
}
