/** The API, one function for each route. What goes wrong is an ApiError, whoever made the answer. */

import { config } from "../config.js";
import { learn } from "./clock.js";
import { language } from "./i18n.js";
import { signIn, token } from "./session.js";

const TIMEOUT_MS = 20_000;
const ORDER_TIMEOUT_MS = 35_000; // beyond API Gateway's own 30 s: its answer says more than our impatience

/**
 * A refusal or a failure. `kind`: "problem" the API's own words (RFC 9457), "gateway" an answer without them,
 * "network" no answer. `errors` are the refused fields.
 */
export class ApiError extends Error {
  /**
   * @param {"problem" | "gateway" | "network"} kind
   * @param {number} status  0 without an answer
   * @param {{code?: string, title?: string, detail?: string, errors?: {field: string, code: string, detail: string}[],
   *   request_id?: string}} [problem]
   */
  constructor(kind, status, problem = {}) {
    super(problem.detail || problem.title || `${kind} ${status}`);
    this.name = "ApiError";
    this.kind = kind;
    this.status = status;
    this.code = problem.code ?? "";
    this.detail = problem.detail || problem.title || "";
    this.errors = Array.isArray(problem.errors) ? problem.errors : [];
    this.requestId = problem.request_id ?? "";
  }
}

/** @param {Response} response */
async function refusal(response) {
  const problem = await response.json().catch(() => null);
  const ours = problem && typeof problem === "object" && ("code" in problem || "title" in problem);
  return ours ? new ApiError("problem", response.status, problem) : new ApiError("gateway", response.status);
}

/** A signal that aborts after a time, or with another one. (`AbortSignal.any` is missing in browsers still in use.) */
function limited(milliseconds, other) {
  const controller = new AbortController();
  const abort = () => controller.abort();
  setTimeout(abort, milliseconds);
  if (other?.aborted) abort();
  other?.addEventListener("abort", abort, { once: true });
  return controller.signal;
}

/**
 * @param {string} path
 * @param {{method?: string, body?: unknown, headers?: Record<string, string>, signal?: AbortSignal, timeout?: number}} options
 * @param {string | null} bearer
 */
async function send(path, { method = "GET", body, headers = {}, signal, timeout = TIMEOUT_MS }, bearer) {
  const sent = new Headers({ Accept: "application/json, application/problem+json", "Accept-Language": language, ...headers });
  if (bearer) sent.set("Authorization", `Bearer ${bearer}`);
  if (body !== undefined) sent.set("Content-Type", "application/json");
  const sentAt = Date.now();
  try {
    const response = await fetch(config.apiBase + path, {
      method,
      headers: sent,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: limited(timeout, signal),
    });
    learn(response, sentAt);
    return response;
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError("network", 0);
  }
}

/** An answer that never comes: the page is being left for the sign-in. */
const leaving = () => new Promise(() => {});

/** @returns {Promise<Response>} an accepted answer; a refused token is renewed once, then leads to the sign-in */
async function authorised(path, options = {}) {
  for (const renew of [false, true]) {
    const bearer = await token({ renew });
    if (!bearer) break;
    const response = await send(path, options, bearer);
    if (response.ok) return response;
    if (response.status !== 401) throw await refusal(response);
  }
  signIn();
  return leaving();
}

async function open(path, options = {}) {
  const response = await send(path, options, null);
  if (!response.ok) throw await refusal(response);
  return response;
}

/** @param {Response} response */
async function jsonOf(response) {
  try {
    return await response.json();
  } catch {
    throw new ApiError("network", 0);
  }
}

const get = async (path, options) => jsonOf(await authorised(path, options));
const post = async (path, body, options) => jsonOf(await authorised(path, { method: "POST", body, ...options }));
const page = (path, cursor) => (cursor ? `${path}?cursor=${encodeURIComponent(cursor)}` : path);
const id = encodeURIComponent;

export const api = {
  plans: async () => jsonOf(await open("/plans")),
  providers: async () => jsonOf(await open("/providers")),
  account: () => get("/account"),
  quote: (wish, signal) => post("/quotes", wish, { signal }),
  order: (orderId, signal) => get(`/orders/${id(orderId)}`, { signal }),
  orders: (cursor) => get(page("/orders", cursor)),
  invoices: (cursor) => get(page("/invoices", cursor)),
  invoice: (invoiceId) => get(`/invoices/${id(invoiceId)}`),
  invoicePdf: async (invoiceId) =>
    (await authorised(`/invoices/${id(invoiceId)}/pdf`, { headers: { Accept: "application/pdf" } })).blob(),
  buy: (key, body) => post("/orders", body, { headers: { "Idempotency-Key": key }, timeout: ORDER_TIMEOUT_MS }),
  payAgain: (orderId, provider) =>
    post(`/orders/${id(orderId)}/payments`, { payment_provider: provider }, { timeout: ORDER_TIMEOUT_MS }),
  cancel: (orderId) => post(`/orders/${id(orderId)}/cancel`, {}),
  renewal: async (link) => jsonOf(await open(`/renewals/${id(link)}`)),
  renew: async (link, body) =>
    jsonOf(await open(`/renewals/${id(link)}`, { method: "POST", body, timeout: ORDER_TIMEOUT_MS })),
  unsubscribe: async (link) => jsonOf(await open(`/unsubscribe/${id(link)}`, { method: "POST" })),
  localLogin: async (accountId, email) =>
    jsonOf(await open("/local/login", { method: "POST", body: { account_id: accountId, email } })),
};
