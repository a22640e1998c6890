/** The ways to pay: one radio button each; those that do not take the amount are greyed, with the reason. */

import { fill, h, phrase, uniqueId } from "../dom.js";
import { money, t } from "../i18n.js";
import { providerMark } from "../icons.js";

const takes = (provider, amount) =>
  amount >= (provider.min_amount ?? 0) && amount <= (provider.max_amount ?? Number.MAX_SAFE_INTEGER);

function limits(provider, currency) {
  return phrase(t("checkout.providerRange"), { minimum: money(provider.min_amount ?? 0, currency), maximum: money(provider.max_amount ?? 0, currency) });
}

const kindWords = (provider) => (provider.kind === "qr" ? t("checkout.providerQr") : t("checkout.providerRedirect", { name: provider.name }));

/**
 * @param {object} parts
 * @param {any[]} parts.providers
 * @param {string | null} parts.chosen
 * @param {(id: string) => void} parts.change
 */
export function providerPicker({ providers, chosen, change }) {
  const name = uniqueId("provider");
  const list = h("div", { class: "providers" });
  const element = h("fieldset", { class: "provider-set" }, h("legend", { class: "visually-hidden" }, t("checkout.provider")), list);
  let amount = null;
  let currency = "VND";

  function option(provider) {
    const possible = amount === null || takes(provider, amount);
    const noteId = uniqueId("provider-note");
    return h("label", { class: `choice provider ${possible ? "" : "is-off"}`.trim(), data: { provider: provider.id } },
      h("input", {
        type: "radio", name, value: provider.id, checked: provider.id === chosen, disabled: !possible,
        "aria-label": provider.name, "aria-describedby": noteId, on: { change: () => choose(provider.id) },
      }),
      h("span", { class: "provider-mark" }, providerMark(provider)),
      h("span", { class: "choice-main" },
        h("span", { class: "strong" }, provider.name),
        h("span", { class: "faint", id: noteId }, possible ? kindWords(provider) : limits(provider, currency))));
  }

  function choose(id) {
    chosen = id;
    change(id);
  }

  function draw() {
    if (amount === 0) return fill(list, h("p", { class: "muted" }, t("checkout.providerFree")));
    const possible = providers.filter((provider) => amount === null || takes(provider, amount));
    if (!possible.some((provider) => provider.id === chosen)) chosen = possible[0]?.id ?? null;
    const focused = list.contains(document.activeElement) ? document.activeElement.value : null;
    fill(list, providers.map(option), !possible.length && h("p", { class: "field-error", role: "status" }, t("checkout.providerNone")));
    if (focused) list.querySelector(`input[value="${CSS.escape(focused)}"]`)?.focus();
  }

  draw();
  return {
    element,
    /** The way chosen, null where there is nothing to pay or no way to. */
    get value() {
      return amount === 0 ? null : chosen;
    },
    /** @param {number} total @param {string} unit  the currency */
    limit(total, unit) {
      if (total === amount && unit === currency) return;
      amount = total;
      currency = unit;
      draw();
    },
    focus: () => list.querySelector("input:not(:disabled)")?.focus(),
  };
}
