// The functions of an app.

import { html } from "./library/lit-html.js";
import { address } from "./routes.js";
import { chip, table } from "./table.js";

export function functionsView(place) {
  let functions = [];
  const columns = [
    ["Function", (one) => html`<a href=${address("apps", place.app._id, "functions", one._id)}>${one.name}</a>`],
    ["May be called by", (one) => (one.private ? "other functions" : "clients")],
    ["Runs as", (one) => (one.run_as_system ? chip("system", "waiting") : "caller")],
  ];

  return {
    title: "Functions",
    async load() {
      functions = await place.get("/functions");
    },
    render: () => html`
      <h1 tabindex="-1">Functions</h1>
      ${table({
        caption: "Functions",
        columns,
        rows: functions,
        key: (one) => one._id,
        empty: html`<p>The app has no functions.</p>`,
      })}
    `,
  };
}
