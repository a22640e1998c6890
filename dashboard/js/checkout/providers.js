/** The ways to pay: one radio button each; those that cannot be used are greyed, with the reason. */

import { fill, h, phrase, uniqueId } from "../dom.js";
import { money, t } from "../i18n.js";
import { providerMark } from "../icons.js";
import { providerHow, providerTitle } from "../provider.js";

const LARGEST = Number.MAX_SAFE_INTEGER;

/** Whether a way to pay takes an amount. */
const takes = ({ min_amount: least, max_amount: most }, amount) => amount >= (least ?? 0) && amount <= (most ?? LARGEST);

/** Why an amount is not taken: too small or too large. */
function limitWords({ min_amount: least, max_amount: most }, amount, currency) {
  return amount < (least ?? 0)
    ? phrase(t("checkout.providerFrom"), { minimum: money(least, currency) })
    : phrase(t("checkout.providerUpTo"), { maximum: money(most, currency) });
}

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
  const silent = new Set();
  let amount = null;
  let currency = "VND";

  const fits = (provider) => amount === null || takes(provider, amount);

  function note(provider) {
    if (!fits(provider)) return limitWords(provider, amount, currency);
    return silent.has(provider.id) ? t("checkout.providerSilent") : providerHow(provider);
  }

  function option(provider) {
    const noteId = uniqueId("provider-note");
    const state = fits(provider) ? (silent.has(provider.id) ? "is-silent" : "") : "is-off";
    return h("label", { class: `choice provider ${state}`.trim(), data: { provider: provider.id } },
      h("input", {
        type: "radio", name, value: provider.id, checked: provider.id === chosen, disabled: !fits(provider),
        "aria-label": providerTitle(provider), "aria-describedby": noteId, on: { change: () => choose(provider.id) },
      }),
      providerMark(provider),
      h("span", { class: "choice-main" },
        h("span", { class: "strong" }, providerTitle(provider)),
        h("span", { class: "faint", id: noteId }, note(provider))));
  }

  function choose(id) {
    chosen = id;
    change(id);
  }

  function draw() {
    if (amount === 0) return fill(list, h("p", { class: "muted" }, t("checkout.providerFree")));
    const possible = providers.filter(fits);
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
    /** A way that does not answer right now: it is marked, and another one is chosen. @param {string} id */
    silence(id) {
      silent.add(id);
      chosen = providers.find((provider) => fits(provider) && !silent.has(provider.id))?.id ?? id;
      draw();
    },
    focus: () => list.querySelector("input:not(:disabled)")?.focus(),
  };
}
