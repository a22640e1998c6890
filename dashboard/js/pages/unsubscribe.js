/** Ends the reminders of a link's account: by a button, never by opening the page, since mail programs open links. */

import { api } from "../api.js";
import { isBusy, setBusy } from "../components/controls.js";
import { failure } from "../components/notice.js";
import { shell } from "../components/shell.js";
import { fill, h } from "../dom.js";
import { t } from "../i18n.js";

const token = location.hash.slice(1);
const frame = shell({ title: t("unsubscribe.title"), page: "unsubscribe", plain: true });
const trouble = h("div", { "aria-live": "assertive" });
const button = h("button", { type: "button", class: "button button-accent", on: { click: end } }, t("unsubscribe.button"));
const heading = h("h1", {}, t("unsubscribe.title"));
const lead = h("p", { class: "lead" }, t("unsubscribe.lead"));

async function end() {
  if (isBusy(button)) return;
  setBusy(button, t("app.loading"));
  fill(trouble);
  try {
    await api.unsubscribe(token);
    fill(heading, t("unsubscribe.done"));
    fill(lead, t("unsubscribe.doneLead"));
    button.remove();
    frame.status(t("unsubscribe.done"));
  } catch (error) {
    setBusy(button, "");
    fill(trouble, error.status === 404 ? h("p", { class: "notice notice-bad", role: "alert" }, t("unsubscribe.over")) : failure(error));
  }
}

frame.person(null);
frame.main.append(h("section", { class: "panel login stack" }, heading, lead, trouble, button));
