/** The dashboard: what a product's own first page may look like around Goi. */

import { api } from "../api.js";
import { meters } from "../components/balances.js";
import { empty, failure, skeleton } from "../components/notice.js";
import { shell } from "../components/shell.js";
import { fill, h } from "../dom.js";
import { date, t } from "../i18n.js";
import { icon } from "../icons.js";
import { trialState } from "../offers.js";
import { featuresOf, planNames } from "../words.js";

const frame = shell({ title: t("home.title"), page: "index" });
const body = h("div", {});
frame.main.append(body);

const SAMPLES = [
  { text: "home.doc1", note: "home.doc1Note", state: "home.docDone", good: true },
  { text: "home.doc2", note: "home.doc2Note", state: "home.docDone", good: true },
  { text: "home.doc3", note: "home.doc3Note", state: "home.docDraft", good: false },
];

/** What the plan's card says: heading, sentence, and the words of its button. */
function planState(subscription, nameOf) {
  const plan = nameOf(subscription.plan_id);
  const day = date(subscription.current_period_end);
  const trial = trialState(subscription);
  if (trial?.over) return [t("trial.over", { plan }), t("home.planExpiredTrial", { date: day }), t("plans.subscribe")];
  if (trial && !trial.followed) return [t("trial.running", { plan }), t("home.planTrialUntil", { date: day }), t("plans.subscribe")];
  if (subscription.status === "active") return [t("home.planActive", { plan }), t("home.planUntil", { date: day }), t("home.extend")];
  if (subscription.status === "expired") return [t("home.planExpired", { plan }), t("home.planExpiredLead", { date: day }), t("home.extend")];
  return [t("home.planNone"), t("home.planNoneLead"), t("home.seePlans")];
}

function planCard(subscription, nameOf) {
  const [title, lead, verb] = planState(subscription, nameOf);
  return h("section", { class: "panel plan-panel", "aria-labelledby": "plan-title" },
    h("h2", { id: "plan-title" }, title), h("p", {}, lead),
    h("a", { class: "button button-gold", href: "plans.html" }, verb, icon("arrow", 18)));
}

function usageCard(account, catalogue) {
  return h("section", { class: "panel", "aria-labelledby": "usage-title" },
    h("div", { class: "panel-head" }, h("h2", { id: "usage-title" }, t("home.usage")), h("a", { href: "account.html" }, t("home.usageAll"))),
    meters(account, featuresOf(catalogue.plans), catalogue) ?? empty(t("account.balancesEmpty")));
}

function workCard() {
  return h("section", { class: "panel", "aria-labelledby": "work-title" },
    h("div", { class: "panel-head" }, h("h2", { id: "work-title" }, t("home.work")), h("span", { class: "tag" }, t("home.sample"))),
    h("ul", { class: "rows" }, SAMPLES.map((sample) => h("li", { class: "row row-work" },
      icon("paper", 22), h("div", { class: "row-main" }, h("span", { class: "strong" }, t(sample.text)), h("span", { class: "faint" }, t(sample.note))),
      h("span", { class: sample.good ? "tag tag-good" : "tag" }, t(sample.state))))),
    h("p", { class: "faint" }, t("home.sampleLead")));
}

async function load() {
  fill(body, skeleton(3, "skeleton-panel"));
  try {
    const [account, catalogue] = await Promise.all([api.account(), api.plans()]);
    frame.person(account);
    fill(body,
      h("div", { class: "page-head" }, h("h1", {}, t("home.greeting", { name: account.account_id })), h("p", { class: "lead" }, t("home.lead"))),
      h("div", { class: "home-grid" }, planCard(account.subscription, planNames(catalogue.plans)), usageCard(account, catalogue), workCard()));
  } catch (error) {
    fill(body, failure(error, { retry: load }));
  }
}

load();
