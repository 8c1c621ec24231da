// An app at a glance: what its calls cost, live, and how it is known to its clients.

import { count, duration, size } from "./format.js";
import { html } from "./library/lit-html.js";
import { Plot } from "./plot.js";
import { address } from "./routes.js";
import { facts, table } from "./table.js";

const SPANS = [[5, "5 minutes"], [15, "15 minutes"], [60, "1 hour"]];
const COLUMNS = [
  ["Function", (one) => one.name],
  ["Calls", (one) => count(one.calls), "number"],
  ["Errors", (one) => html`<span class=${one.errors ? "bad" : ""}>${count(one.errors)}</span>`, "number"],
  ["Median", (one) => duration(one.median_ms), "number"],
  ["95th percentile", (one) => duration(one.p95_ms), "number"],
  ["Memory", (one) => size(one.memory_bytes), "number"],
];

export function overviewView(place) {
  const draw = () => place.draw();
  const plots = {
    calls: new Plot({ title: "Calls", format: count, draw }),
    errors: new Plot({ title: "Errors", format: count, draw }),
    latency: new Plot({ title: "Latency", format: duration, draw }),
    memory: new Plot({ title: "Memory of a call", format: size, draw }),
  };
  let minutes = 5;
  let figures = null;

  async function choose(span) {
    minutes = span;
    await place.refresh();
  }

  function drawings() {
    const at = figures.steps.map((step) => step.at);
    const line = (name, field, kind) => ({ name, kind, values: figures.steps.map((step) => step[field]) });
    const measured = (name, field, kind) => ({ name, kind, values: figures.steps.map((step) => (step.calls ? step[field] : null)) });
    const all = figures.total;
    return html`
      ${plots.calls.render({ at, lines: [line("calls", "calls", "first")], now: count(all.calls) })}
      ${plots.errors.render({ at, lines: [line("errors", "errors", "wrong")], now: count(all.errors) })}
      ${plots.latency.render({
        at,
        lines: [measured("95 %", "p95_ms", "second"), measured("median", "median_ms", "first")],
        now: all.calls ? `${duration(all.median_ms)} median` : "–",
      })}
      ${plots.memory.render({
        at,
        lines: [measured("most", "memory_most_bytes", "second"), measured("mean", "memory_bytes", "first")],
        now: all.calls ? `${size(all.memory_bytes)} mean` : "–",
      })}
    `;
  }

  return {
    title: place.app.name,
    every: 5000,
    async load() {
      figures = await place.get(`/metrics?minutes=${minutes}`);
    },
    render: () => html`
      <h1 tabindex="-1">${place.app.name}</h1>
      ${facts([
        ["App ID", html`<code>${place.app.client_app_id}</code>`],
        ["Environment", place.app.environment || "–"],
      ])}
      <section aria-labelledby="live">
        <div class="heading">
          <h2 id="live">Live</h2>
          <div class="choice" role="group" aria-label="Span of time">
            ${SPANS.map(
              ([span, name]) => html`
                <button aria-pressed=${span === minutes ? "true" : "false"} @click=${() => choose(span)}>${name}</button>
              `,
            )}
          </div>
        </div>
        ${figures ? html`<div class="plots">${drawings()}</div>` : ""}
      </section>
      <section aria-labelledby="by-function">
        <h2 id="by-function">By function</h2>
        ${table({
          caption: "Calls by function",
          columns: COLUMNS,
          rows: [...(figures?.functions ?? [])].sort((one, other) => other.calls - one.calls),
          key: (one) => one.name,
          empty: html`<p>No function was called in this time. <a href=${address("apps", place.app._id, "functions")}>Run one</a></p>`,
        })}
      </section>
    `,
  };
}
