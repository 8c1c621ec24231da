// One function: its source, a form to run it, and its last runs.

import { html, nothing } from "./library/lit-html.js";
import { RunForm } from "./run_form.js";
import { runs } from "./runs.js";
import { source } from "./source.js";
import { address } from "./routes.js";
import { chip } from "./table.js";

export function functionView(place) {
  const form = place.may("run functions") ? new RunForm(place, () => view.title) : null;
  const showsRuns = place.may("read logs");
  let shown = null;
  let entries = [];

  const view = {
    title: "Function",
    every: 5000,
    async load() {
      shown ??= await place.get(`/functions/${encodeURIComponent(place.params.id)}`);
      view.title = shown.name;
      if (showsRuns) {
        entries = (await place.get(`/logs?limit=20&function_name=${encodeURIComponent(shown.name)}`)).logs;
      }
    },
    render: () => html`
      <p class="above"><a href=${address("apps", place.app._id, "functions")}>Functions</a></p>
      <h1 tabindex="-1">${view.title}</h1>
      <p class="chips">${shown ? flags(shown) : nothing}</p>
      <section aria-labelledby="source">
        <h2 id="source">Source</h2>
        ${shown ? source(shown.source ?? "", `Source of ${view.title}`) : nothing}
      </section>
      ${form ? form.render() : nothing}
      ${showsRuns
        ? html`
            <section aria-labelledby="runs">
              <h2 id="runs">Last runs</h2>
              ${runs(place, entries, { caption: `Last runs of ${view.title}`, empty: "It has not run yet." })}
            </section>
          `
        : nothing}
    `,
  };
  return view;
}

function flags(shown) {
  return html`
    ${chip(shown.private ? "private" : "public")}
    ${shown.run_as_system ? chip("runs as system", "waiting") : nothing}
    ${shown.can_evaluate && Object.keys(shown.can_evaluate).length ? chip("has a condition") : nothing}
  `;
}
