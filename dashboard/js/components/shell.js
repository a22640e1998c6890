/** What surrounds every page: header with navigation and profile menu, the main landmark, footer. */

import { config } from "../../config.js";
import { fill, h, spoken } from "../dom.js";
import { chooseLanguage, language, LANGUAGES, t } from "../i18n.js";
import { icon, logo } from "../icons.js";
import { here, signOut } from "../session.js";

const LANGUAGE_NAMES = { vi: "Tiếng Việt", en: "English" };
const PLACES = [
  { page: "index", href: "index.html", text: "app.home", icon: "home" },
  { page: "plans", href: "plans.html", text: "app.plans", icon: "layers" },
  { page: "account", href: "account.html", text: "app.account", icon: "person" },
];

function languageButtons() {
  return h("div", { class: "languages", role: "group", "aria-label": t("app.language") }, LANGUAGES.map((code) =>
    h("button", {
      type: "button", class: "language", lang: code, "aria-pressed": String(code === language),
      on: { click: () => chooseLanguage(code) },
    }, LANGUAGE_NAMES[code])));
}

function navigation(current) {
  return h("nav", { class: "nav", "aria-label": t("app.navigation") }, PLACES.map((place) =>
    h("a", { href: place.href, class: "nav-link", "aria-current": place.page === current ? "page" : null }, icon(place.icon), h("span", {}, t(place.text)))));
}

/** The profile menu: a button that shows a list of links; Escape or a click elsewhere closes it. */
function profile(account) {
  const name = account.email || account.account_id;
  const panel = h("div", { class: "menu-panel", id: "profile-menu", hidden: true },
    h("p", { class: "menu-person" }, h("span", { class: "menu-email" }, name), h("span", { class: "faint" }, account.account_id)),
    h("a", { class: "menu-item", href: "plans.html" }, icon("spark"), t("app.updatePlan")),
    h("a", { class: "menu-item", href: "account.html" }, icon("person"), t("app.account")),
    languageButtons(),
    h("button", { type: "button", class: "menu-item", on: { click: signOut } }, icon("exit"), t("app.signOut")));
  const button = h("button", {
    type: "button", class: "avatar", "aria-expanded": "false", "aria-controls": "profile-menu", "aria-label": t("app.profile", { email: name }),
    on: { click: () => show(panel.hidden) },
  }, h("span", { "aria-hidden": "true" }, [...name][0]?.toUpperCase()));

  function show(open) {
    panel.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
  }

  const element = h("div", { class: "menu" }, button, panel);
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || panel.hidden) return;
    show(false);
    button.focus();
  });
  element.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !element.contains(event.relatedTarget)) show(false);
  });
  document.addEventListener("pointerdown", (event) => {
    if (!element.contains(event.target)) show(false);
  });
  return element;
}

function visitor() {
  return [
    languageButtons(),
    h("a", { class: "button button-quiet button-small", href: `login.html?next=${encodeURIComponent(here())}` }, t("app.signIn")),
  ];
}

/**
 * Puts the page's frame in place.
 * @param {object} parts
 * @param {string} parts.title
 * @param {string} parts.page      its name in the navigation
 * @param {boolean} [parts.plain]  without navigation: where one thing is to be done
 * @returns {{main: HTMLElement, status: (text: string) => void, person: (account: any) => void}}
 *   `status` announces a line; `person` shows the profile menu of an account, or the way to sign in for null
 */
export function shell({ title, page, plain = false }) {
  document.documentElement.lang = language;
  document.title = `${title} · ${config.productName}`;
  document.body.classList.toggle("plain", plain);
  const side = h("div", { class: "header-side" });
  const live = h("p", { class: "visually-hidden", role: "status", "aria-live": "polite" });
  const main = h("main", { id: "main", tabindex: "-1" });
  document.body.append(
    h("a", { class: "skip", href: "#main" }, t("app.skip")),
    h("header", { class: "header" },
      h("div", { class: "header-inner" },
        h("a", { class: "brand", href: config.productUrl }, logo(), h("span", {}, config.productName)),
        !plain && navigation(page),
        side)),
    main, live, footer());
  return {
    main,
    status: (text) => fill(live, text),
    person(account) {
      const upgrade = account && !plain && page !== "plans" && h("a", { class: "button button-accent button-small", href: "plans.html" }, icon("spark", 18), t("app.upgrade"));
      fill(side, upgrade, account ? profile(account) : page !== "login" ? visitor() : languageButtons());
    },
  };
}

function footer() {
  return h("footer", { class: "footer" },
    h("p", {}, t("app.footer")),
    h("a", { href: `mailto:${config.contactEmail}` }, spoken(`${t("app.contact")}: `), config.contactEmail));
}
