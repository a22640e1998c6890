/** The buyer's details for a VAT invoice. Required fields are checked here; everything else is the API's to judge. */

import { field, segmented, toggle } from "../components/controls.js";
import { h } from "../dom.js";
import { t } from "../i18n.js";

const BOX = "buyer-details";

function makeFields(email) {
  return {
    name: field({ name: "name", label: t("checkout.companyName"), input: { autocomplete: "organization", maxlength: 200 } }),
    tax_code: field({ name: "tax_code", label: t("checkout.taxCode"), input: { inputmode: "numeric", maxlength: 20, spellcheck: "false" } }),
    national_id: field({ name: "national_id", label: t("checkout.nationalId"), optional: true, input: { inputmode: "numeric", maxlength: 20 } }),
    address: field({ name: "address", label: t("checkout.address"), input: { autocomplete: "street-address", maxlength: 300 } }),
    email: field({ name: "email", label: t("checkout.email"), optional: true, input: { type: "email", autocomplete: "email", maxlength: 254, placeholder: email } }),
  };
}

const REQUIRED = { company: ["name", "tax_code", "address"], individual: ["name", "address"] };
const HIDDEN = { company: ["national_id"], individual: ["tax_code"] };

/**
 * @param {object} parts
 * @param {string} parts.email       of the account, where the invoice goes
 * @param {boolean} parts.on
 * @param {Record<string, string>} parts.values  what was filled in before
 * @param {(state: {on: boolean, values: Record<string, string>}) => void} parts.change
 */
export function buyerForm({ email, on, values, change }) {
  const fields = makeFields(email);
  let type = values.buyer_type === "individual" ? "individual" : "company";
  const box = h("div", { class: "buyer stack", id: BOX, hidden: !on });

  const current = () => ({ buyer_type: type, ...Object.fromEntries(Object.entries(fields).map(([name, one]) => [name, one.value])) });
  const changed = () => change({ on, values: current() });

  function arrange() {
    fields.name.rename(t(type === "company" ? "checkout.companyName" : "checkout.personName"));
    fields.name.control.autocomplete = type === "company" ? "organization" : "name";
    for (const [name, one] of Object.entries(fields)) {
      one.element.hidden = HIDDEN[type].includes(name);
      one.control.required = REQUIRED[type].includes(name);
    }
  }

  for (const [name, one] of Object.entries(fields)) {
    one.control.value = values[name] ?? "";
    one.control.addEventListener("input", () => one.fail(""));
    one.control.addEventListener("change", changed);
  }
  const types = segmented({
    legend: t("checkout.buyerType"), value: type,
    choices: ["company", "individual"].map((value) => ({ value, label: t(`checkout.${value}`) })),
    change(value) {
      type = value;
      arrange();
      changed();
    },
  });
  box.append(types, ...Object.values(fields).map((one) => one.element));
  arrange();

  const control = toggle({
    label: t("checkout.invoice"), checked: on, controls: BOX,
    change(value) {
      on = value;
      box.hidden = !on;
      changed();
    },
  });

  const shown = () => Object.entries(fields).filter(([name]) => !HIDDEN[type].includes(name));
  const focusFirst = () => shown().find(([, one]) => one.failed)?.[1].control.focus();

  return {
    element: h("div", { class: "stack" }, h("h2", {}, control), h("p", { class: "muted" }, t("checkout.invoiceNote", { email })), box),
    /** The `invoice` of POST /orders; undefined when none is asked for. */
    get invoice() {
      if (!on) return undefined;
      const filled = shown().map(([name, one]) => [name, one.value]).filter(([, value]) => value);
      return { buyer_type: type, ...Object.fromEntries(filled) };
    },
    /** Whether the required fields are filled; moves the focus to the first that is not. */
    check() {
      if (!on) return true;
      for (const [name, one] of shown()) one.fail(REQUIRED[type].includes(name) && !one.value ? t("error.required") : "");
      focusFirst();
      return !shown().some(([, one]) => one.failed);
    },
    /**
     * Shows the API's refusals at their fields and moves the focus to the first.
     * @param {any} error
     * @returns {boolean} whether any of them was about these fields
     */
    refuse(error) {
      const refusals = error.code === "tax_code_invalid" && !error.errors.length ? [{ field: "tax_code", detail: error.detail }] : error.errors;
      const ours = refusals.map((one) => [one.field.split(/[./]/).pop(), one.detail || error.detail]).filter(([name]) => name in fields);
      for (const [name, words] of ours) fields[name].fail(words);
      focusFirst();
      return on && ours.length > 0;
    },
  };
}
