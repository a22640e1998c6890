/** The local sign-in: no password, a developer's machine only. Where config.js knows a real one, this page leads there. */

import { config } from "../../config.js";
import { api } from "../api.js";
import { field, isBusy, setBusy } from "../components/controls.js";
import { failure } from "../components/notice.js";
import { shell } from "../components/shell.js";
import { fill, h } from "../dom.js";
import { t } from "../i18n.js";
import { keep, safeReturn, usesLocalLogin } from "../session.js";

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

const returnTo = safeReturn(new URLSearchParams(location.search).get("next"));
const frame = shell({ title: t("login.title"), page: "login", plain: true });

const account = field({ name: "account_id", label: t("login.account"), input: { autocomplete: "username", value: "an-binh", required: true, maxlength: 100 } });
const email = field({ name: "email", label: t("login.email"), input: { type: "email", inputmode: "email", autocomplete: "email", value: "ketoan@anbinh.example", required: true, maxlength: 254 } });
const button = h("button", { type: "submit", class: "button button-accent button-wide" }, t("login.submit"));
const trouble = h("div", { "aria-live": "assertive" });

function check() {
  account.fail(account.value ? "" : t("error.required"));
  email.fail(EMAIL.test(email.value) ? "" : t("login.emailError"));
  const wrong = [account, email].find((one) => one.failed);
  wrong?.control.focus();
  return !wrong;
}

async function submit(event) {
  event.preventDefault();
  if (isBusy(button) || !check()) return;
  setBusy(button, t("login.busy"));
  fill(trouble);
  try {
    const { token } = await api.localLogin(account.value, email.value);
    keep({ token, account_id: account.value, email: email.value });
    location.replace(returnTo);
  } catch (error) {
    setBusy(button, "");
    const absent = error.kind === "gateway" && error.status === 404;
    fill(trouble, absent ? h("p", { class: "notice notice-bad" }, t("login.unavailable")) : failure(error));
  }
}

if (usesLocalLogin()) {
  frame.person(null);
  frame.main.append(h("section", { class: "panel login" },
    h("h1", {}, t("login.title")),
    h("p", { class: "muted" }, t("login.lead")),
    h("form", { novalidate: true, class: "stack", on: { submit } }, account.element, email.element, trouble, button)));
} else {
  config.signIn?.(new URL(returnTo, location.href).href);
}
