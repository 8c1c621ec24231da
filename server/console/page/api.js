// The Admin API, asked with the administrator's tokens: the access token lives in memory, the refresh token in this tab.

const BASE = new URL("../api/admin/v3.0", import.meta.url).href;
const KEPT = "vestibule.refresh_token";
const UNKNOWN = "the server did not answer as it should";

let accessToken = "";
let renewal = null;

/** A refusal of the server, in its words. */
export class ApiError extends Error {
  constructor(message, code, status, retryAfter = 0) {
    super(message);
    this.code = code;
    this.status = status;
    this.retryAfter = retryAfter;
  }

  /** Whether another login is what helps. */
  get endsSession() {
    return this.status === 401;
  }
}

/** Whether there is a session to go on with, as far as this tab knows. */
export function hasSession() {
  return sessionStorage.getItem(KEPT) !== null;
}

/** Open a session. Throws ApiError. */
export async function signIn(username, password) {
  const opened = await read(await post("/auth/providers/local-userpass/login", { username, password }));
  accessToken = opened.access_token;
  sessionStorage.setItem(KEPT, opened.refresh_token);
}

/** End the session; it is over here whatever the server says. */
export async function signOut() {
  const token = sessionStorage.getItem(KEPT);
  forgetSession();
  if (token) {
    await fetch(`${BASE}/auth/session`, { method: "DELETE", headers: bearer(token) }).catch(() => null);
  }
}

/** Forget the tokens. */
export function forgetSession() {
  accessToken = "";
  sessionStorage.removeItem(KEPT);
}

/** The answer to a GET, as a value. Throws ApiError. */
export function get(path, signal) {
  return send("GET", path, undefined, signal);
}

/** The answer to a request with a JSON body, a text or a value; null where there is none. Throws ApiError. */
export async function send(method, path, body, signal) {
  if (!accessToken) {
    await renew();
  }
  let response = await ask(method, path, body, signal);
  if (response.status === 401) {
    await renew();
    response = await ask(method, path, body, signal);
  }
  return read(response);
}

function ask(method, path, body, signal) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const kind = body === undefined ? {} : { "Content-Type": "application/json" };
  const headers = { ...kind, ...bearer(accessToken) };
  return fetch(BASE + path, { method, headers, body: text, signal, cache: "no-store" }).catch(unreachable);
}

function post(path, body) {
  const headers = { "Content-Type": "application/json" };
  return fetch(BASE + path, { method: "POST", headers, body: JSON.stringify(body) }).catch(unreachable);
}

/** A new access token; requests that need one at the same time share it. */
async function renew() {
  renewal ??= askForToken().finally(() => {
    renewal = null;
  });
  accessToken = await renewal;
}

async function askForToken() {
  const token = sessionStorage.getItem(KEPT);
  if (!token) {
    throw new ApiError("Your session has ended.", "InvalidSession", 401);
  }
  const response = await fetch(`${BASE}/auth/session`, { method: "POST", headers: bearer(token) }).catch(unreachable);
  return (await read(response)).access_token;
}

async function read(response) {
  const text = await response.text();
  const value = text ? parsed(text) : null;
  if (response.ok) {
    return value;
  }
  const wait = Number(response.headers.get("Retry-After")) || 0;
  throw new ApiError(value?.error ?? UNKNOWN, value?.error_code ?? "", response.status, wait);
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError(UNKNOWN, "", 0);
  }
}

function unreachable(error) {
  if (error.name === "AbortError") {
    throw error;
  }
  throw new ApiError("The server cannot be reached.", "", 0);
}

function bearer(token) {
  return { Authorization: `Bearer ${token}` };
}
