/** The discount code: applied by Enter, by the button or by leaving the field; once applied it is a tag with a way to drop it. */

import { field, setBusy } from "../components/controls.js";
import { fill, h } from "../dom.js";
import { t } from "../i18n.js";
import { icon } from "../icons.js";

const PREFIX = "coupon_";

/** Whether an error speaks of the code. @param {any} error */
export const isAboutCoupon = (error) =>
  error?.code?.startsWith(PREFIX) || error?.errors?.some(({ field: name }) => name === "coupon_code") === true;

/**
 * @param {object} parts
 * @param {(code: string) => void} parts.apply   asks for a quote with this code
 * @param {() => void} parts.remove              asks for one without
 */
export function couponField({ apply, remove }) {
  const button = h("button", { type: "button", class: "button button-line", on: { click: () => tryCode() } }, t("checkout.couponApply"));
  const entry = field({
    name: "coupon_code", label: t("checkout.coupon"), hideLabel: true, after: button,
    input: {
      maxlength: 64, autocapitalize: "characters", spellcheck: "false", class: "input input-code",
      on: { keydown: entered, blur: () => entry.value !== refused && tryCode(), input: () => entry.fail("") },
    },
  });
  const applied = h("div", { class: "coupon-applied", hidden: true });
  let asking = "";
  let refused = "";

  function entered(event) {
    if (event.key !== "Enter") return;
    event.preventDefault();
    tryCode();
  }

  function tryCode() {
    const code = entry.value;
    if (!code || code === asking) return;
    asking = code;
    setBusy(button, t("checkout.calculating"));
    apply(code);
  }

  function drop() {
    showEntry();
    entry.control.value = "";
    entry.control.focus();
    remove();
  }

  function showEntry() {
    applied.hidden = true;
    entry.element.hidden = false;
    setBusy(button, "");
    asking = "";
  }

  return {
    element: h("div", { class: "coupon" }, entry.element, applied),
    /** The quote with the code has come. @param {string} code */
    accept(code) {
      if (!applied.hidden && entry.control.value === code) return;
      const hadFocus = entry.element.contains(document.activeElement);
      const cross = h("button", { type: "button", class: "icon-button", "aria-label": t("checkout.couponRemove", { code: code.toUpperCase() }), on: { click: drop } }, icon("cross", 18));
      fill(applied, icon("tag"), h("span", { class: "coupon-words" }, t("checkout.couponApplied", { code: code.toUpperCase() })), cross);
      entry.control.value = code;
      entry.fail("");
      showEntry();
      entry.element.hidden = true;
      applied.hidden = false;
      refused = "";
      if (hadFocus) cross.focus();
    },
    /** The code was refused: it stays in the field, with the reason. @param {string} code @param {string} words */
    refuse(code, words) {
      showEntry();
      entry.control.value = code;
      refused = code;
      entry.fail(words);
    },
    /** The question went unanswered for another reason. */
    release() {
      if (asking) showEntry();
    },
    focus: () => entry.control.focus(),
    /** A code that is typed but not applied yet. */
    get waiting() {
      return asking !== "";
    },
  };
}
