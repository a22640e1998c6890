/** What a paid order has brought: the quota, and the document once it is there. */

import { api } from "../api.js";
import { meters } from "../components/balances.js";
import { downloadButton } from "../components/download.js";
import { failure } from "../components/notice.js";
import { fill, h } from "../dom.js";
import { t } from "../i18n.js";
import { icon } from "../icons.js";
import { documentWords } from "../words.js";

/** @param {() => any} features  how features are named and ordered, known later */
export function createProceeds(features) {
  const credited = h("div", {});
  const paper = h("div", { class: "stack" });
  const papers = h("section", { class: "panel", "aria-labelledby": "document-title" }, h("h2", { id: "document-title" }, t("result.document")), paper);
  let account = null;
  let shown = "";

  async function showDocument(order, late) {
    papers.hidden = order.kind === "trial"; // nothing was sold, so there is no document
    if (papers.hidden) return undefined;
    if (!order.invoice_id) return fill(paper, h("p", { class: "muted" }, t(late ? "result.documentLater" : "result.documentComing")));
    const now = order.invoice_id + Boolean(account);
    if (shown === now) return undefined;
    shown = now;
    const invoice = await api.invoice(order.invoice_id).catch(() => ({ id: order.invoice_id }));
    return fill(paper,
      h("p", { class: "strong" }, documentWords(invoice.kind)),
      account?.email && h("p", { class: "mailed muted" }, icon("mail", 18), t("result.mailedTo", { email: account.email })),
      downloadButton(invoice));
  }

  /** Fills both parts. @param {any} order @param {boolean} late  whether the document is waited for no longer */
  async function complete(order, late) {
    showDocument(order, late);
    try {
      account ??= await api.account();
      fill(credited, meters(account, features()));
      showDocument(order, late);
    } catch (error) {
      fill(credited, failure(error, { retry: () => complete(order, late) }));
    }
  }

  return {
    element: h("div", { class: "result-grid" },
      h("section", { class: "panel", "aria-labelledby": "credited-title" }, h("h2", { id: "credited-title" }, t("result.credited")), credited),
      papers),
    complete,
  };
}
