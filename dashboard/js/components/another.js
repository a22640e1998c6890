/** Another attempt at an order that exists: at the same way to pay or at another one. The order is never lost by it. */

import { api } from "../api.js";
import { providerPicker } from "../checkout/providers.js";
import { fill, h, phrase } from "../dom.js";
import { t } from "../i18n.js";
import { leaveForPayment } from "../payment.js";
import { lastProvider, providerName } from "../provider.js";
import { isBusy, setBusy } from "./controls.js";
import { failure } from "./notice.js";

/** What to say when an attempt could not be started. @param {any} error @param {string} name  of the provider */
export function troubleWords(error, name) {
  if (error?.code !== "provider_unavailable") return failure(error);
  return h("p", { class: "notice notice-gold", role: "alert" }, h("span", {}, phrase(t("another.silent"), { name })));
}

/**
 * Starts an attempt and leaves for it. The button is busy meanwhile; where it fails, `trouble` says so.
 * @param {object} parts
 * @param {any} parts.order
 * @param {{id: string, name?: string}} parts.provider
 * @param {HTMLElement} parts.button
 * @param {HTMLElement} parts.trouble
 * @param {(error: any) => void} [parts.failed]
 */
export async function startAttempt({ order, provider, button, trouble, failed = () => {} }) {
  if (isBusy(button)) return;
  setBusy(button, t("another.starting"));
  fill(trouble);
  try {
    const { payment } = await api.payAgain(order.id, provider.id);
    await leaveForPayment(order, payment, null);
  } catch (error) {
    setBusy(button, "");
    fill(trouble, troubleWords(error, providerName(provider)));
    failed(error);
  }
}

/**
 * A picker with its button. It fills itself in once the ways to pay are known; empty where there are none.
 * @param {object} parts
 * @param {any} parts.order
 * @param {string} parts.label                 of the button
 * @param {string | null} [parts.without]      a way that is not offered
 * @param {string | null} [parts.chosen]       the way to begin with
 * @param {(error: any) => void} [parts.failed]
 */
export function anotherWay({ order, label, without = null, chosen = null, failed = () => {} }) {
  const element = h("div", { class: "stack again" });
  offer();
  return element;

  async function offer() {
    const { providers } = await api.providers().catch(() => ({ providers: [] }));
    const offered = providers.filter((provider) => provider.id !== without);
    if (!offered.length) return;
    const picker = providerPicker({ providers: offered, chosen: chosen ?? lastProvider(), change: () => fill(trouble) });
    picker.limit(order.total, order.currency);
    const trouble = h("div", { class: "trouble" });
    const start = () => {
      const provider = offered.find(({ id }) => id === picker.value);
      if (provider) startAttempt({ order, provider, button, trouble, failed: (error) => refused(error, provider, picker) });
    };
    const button = h("button", { type: "button", class: "button button-accent button-wide", on: { click: start } }, label);
    fill(element, picker.element, trouble, button);
  }

  function refused(error, provider, picker) {
    if (error.code === "provider_unavailable") picker.silence(provider.id);
    failed(error);
  }
}
