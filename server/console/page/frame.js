// What surrounds every view: banner, the app's sections, what was said, and the dialog.

import { confirmation } from "./confirmation.js";
import { html, nothing } from "./library/lit-html.js";
import { grants } from "./place.js";
import { address, SECTIONS } from "./routes.js";

/** The whole page. */
export function frame(page, { leave, dismiss }) {
  const app = page.profile ? page.place?.app : null;
  return html`
    <a class="skip" href="#main" @click=${skip}>Skip to content</a>
    ${page.profile ? banner(page, app, leave) : nothing}
    ${app ? sections(page, app) : nothing}
    <main id="main" class=${page.profile ? "" : "narrow"}>
      <div role="status" class="notes">${page.said ? note("said", page.said, dismiss) : nothing}</div>
      <div role="alert" class="notes">${page.problem ? note("problem", page.problem, dismiss) : nothing}</div>
      ${page.view ? content(page) : notFound(page)}
    </main>
    ${confirmation.render()}
  `;
}

function content({ view, place }) {
  return place.isLoading && view.load ? html`<h1 tabindex="-1">${view.title}</h1><p class="quiet">Loading…</p>` : view.render();
}

function notFound(page) {
  if (!page.profile) {
    return html`<p class="quiet">Loading…</p>`;
  }
  return html`
    <h1 tabindex="-1">Not found</h1>
    <p>There is no such place, or you may not see it.</p>
    <p><a href="#/">All apps</a></p>
  `;
}

function banner(page, app, leave) {
  return html`
    <header class="banner">
      <a class="brand" href="#/">
        <svg viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="7" />
          <path d="M9 25V14a7 7 0 0 1 14 0v11h-4V14.5a3 3 0 0 0-6 0V25z" /></svg>
        Vestibule</a>
      ${app ? html`<span class="slash" aria-hidden="true">/</span><a class="app" href=${address("apps", app._id)}>${app.name}</a>` : nothing}
      <span class="who" title=${rolesOf(page.profile, app)}>${page.profile.data.name}</span>
      <button class="plain" @click=${leave}>Sign out</button>
    </header>
  `;
}

function rolesOf(profile, app) {
  const roles = profile.roles.filter((role) => !app || role.app_id === null || role.app_id === app.client_app_id);
  return [...new Set(roles.map((role) => role.role_name))].join(", ");
}

function sections(page, app) {
  const shown = SECTIONS.filter(([, , power]) => grants(page.profile, power, app.client_app_id));
  const here = `/${page.place.path.split("/")[2] ?? ""}`.replace(/\/$/, "");
  return html`
    <nav class="sections" aria-label="Sections of ${app.name}">
      ${shown.map(
        ([path, name]) => html`
          <a href="${address("apps", app._id)}${path}" aria-current=${path === here ? "page" : nothing}>${name}</a>
        `,
      )}
    </nav>
  `;
}

function note(kind, text, dismiss) {
  return html`
    <div class="note ${kind}"><p>${text}</p><button class="plain" @click=${dismiss} aria-label="Dismiss">×</button></div>
  `;
}

function skip(event) {
  event.preventDefault();
  document.querySelector("main h1")?.focus();
}
