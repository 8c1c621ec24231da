// The page: who is signed in, which view the address asks for, and what surrounds it.

import { ApiError, forgetSession, get, hasSession, signOut } from "./api.js";
import { confirmation } from "./confirmation.js";
import { frame } from "./frame.js";
import { render } from "./library/lit-html.js";
import { Place } from "./place.js";
import { match } from "./routes.js";
import { signInView } from "./sign_in.js";

const page = { profile: null, apps: [], place: null, view: null, said: "", problem: "" };
let toSay = "";

/** Draw what is there now. */
function draw() {
  render(frame(page, { leave, dismiss }), document.body);
}

/** Show what the address asks for; `by` is what led there: what was focused is then gone. */
async function show() {
  page.place?.close();
  page.said = page.problem = "";
  const place = new Place({ draw, say, fail, leaveFor });
  page.place = place;
  if (!hasSession()) {
    page.profile = null;
    await open(place, signInView(place, show));
    return;
  }
  const found = match(location.hash);
  try {
    await know(found?.params.app);
    if (page.place === place) {
      await open(place, found ? viewOf(place, found) : null);
    }
  } catch (error) {
    fail(error);
  }
}

/** Who is signed in and which apps they see, this one perhaps among them. */
async function know(app) {
  page.profile ??= await get("/auth/profile");
  if (!page.apps.some((one) => one._id === app)) {
    await loadApps();
  }
}

async function loadApps() {
  page.apps = await get(`/groups/${page.profile.domain_id}/apps`);
  return page.apps;
}

function viewOf(place, { view, params, query, path }) {
  const app = params.app ? page.apps.find((one) => one._id === params.app) : null;
  if (params.app && !app) {
    return null;
  }
  place.settle({ app, params, query, path, profile: page.profile, loadApps });
  return view(place);
}

async function open(place, view) {
  page.view = view;
  document.title = view ? `${view.title} · Vestibule` : "Not found · Vestibule";
  draw();
  await place.begin(view);
  if (page.place === place && page.view) {
    document.title = `${page.view.title} · Vestibule`;
    page.said = toSay;
    toSay = "";
    draw();
    focusHeading();
  }
}

/** Go to another address and tell there what was done. */
function leaveFor(address, text) {
  toSay = text;
  location.hash = address;
}

function focusHeading() {
  const first = document.querySelector("main [data-first]") ?? document.querySelector("main h1");
  first?.focus({ preventScroll: true });
  scrollTo(0, 0);
}

/** Tell what was done. */
function say(text) {
  page.said = text;
  page.problem = "";
  draw();
  if (document.activeElement === document.body) {
    document.querySelector("main h1")?.focus({ preventScroll: true });
  }
}

/** Tell what went wrong; a session that has ended leads to the sign-in. */
function fail(error) {
  if (error.name === "AbortError") {
    return;
  }
  if (error instanceof ApiError && error.endsSession && page.profile !== null) {
    forgetSession();
    page.profile = null;
    page.apps = [];
    toSay = "Your session has ended. Sign in again.";
    show();
    return;
  }
  if (error instanceof ApiError && error.endsSession) {
    forgetSession();
    show();
    return;
  }
  page.said = "";
  page.problem = error instanceof ApiError ? error.message : `The page failed: ${error.message}`;
  draw();
}

function dismiss() {
  page.said = page.problem = "";
  draw();
}

async function leave() {
  await signOut();
  page.profile = null;
  page.apps = [];
  location.hash = "#/";
  show();
}

addEventListener("hashchange", show);
confirmation.draw = draw;
show();
