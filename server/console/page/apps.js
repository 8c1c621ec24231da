// All apps that the administrator sees.

import { day } from "./format.js";
import { html } from "./library/lit-html.js";
import { address } from "./routes.js";
import { table } from "./table.js";

const COLUMNS = [
  ["App", (app) => html`<a href=${address("apps", app._id)}>${app.name}</a>`],
  ["App ID", (app) => html`<code>${app.client_app_id}</code>`],
  ["Environment", (app) => app.environment || "–"],
  ["Since", (app) => day(app.last_modified * 1000), "moment"],
];

export function appsView(place) {
  let apps = [];

  return {
    title: "Apps",
    async load() {
      apps = await place.loadApps();
    },
    render: () => html`
      <h1 tabindex="-1">Apps</h1>
      ${table({ caption: "Apps", columns: COLUMNS, rows: apps, key: (app) => app._id, empty: nothingYet() })}
    `,
  };
}

function nothingYet() {
  return html`
    <p>There is no app that you may see.</p>
    <p class="quiet">Serve a folder with <code>vestibule serve my-app</code>, or push one with <code>vestibule push</code>.</p>
  `;
}
