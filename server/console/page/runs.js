// Log entries: when, what, how it ended; opened, what was said.

import { brief, duration, moment, size } from "./format.js";
import { html, nothing } from "./library/lit-html.js";
import { address } from "./routes.js";
import { chip, facts, table } from "./table.js";

/** The entries as a table; each can be opened. */
export function runs(place, entries, { caption, empty, named = false }) {
  const columns = [
    ["Began", (entry) => moment(entry.started), "moment"],
    ...(named ? [["What", (entry) => entry.function_name ?? entry.type]] : []),
    ["Outcome", (entry) => (entry.error ? chip("failed", "bad") : chip("ok", "good"))],
    ["Took", (entry) => duration(tookOf(entry)), "number"],
    ["Details", (entry) => details(place, entry), "wide"],
  ];
  return table({ caption, columns, rows: entries, key: (entry) => entry._id, empty: html`<p>${empty}</p>` });
}

function tookOf(entry) {
  return entry.mem_time_usage?.wall_time_ms ?? new Date(entry.completed) - new Date(entry.started);
}

function details(place, entry) {
  const said = entry.error ? brief(entry.error) : (entry.messages.at(-1) ?? "");
  const usage = entry.mem_time_usage;
  return html`
    <details>
      <summary><span class="brief">${said || "Nothing was said"}</span></summary>
      ${facts([
        ["Kind", entry.type],
        ["User", entry.user_id ? user(place, entry.user_id) : "–"],
        ["Request", html`<code>${entry.co_id}</code>`],
        ...(usage ? [["Memory", size(usage.memory_bytes)], ["Host calls", usage.host_calls]] : []),
      ])}
      ${entry.error ? html`<h3>Error</h3><pre tabindex="0">${entry.error}</pre>` : nothing}
      ${entry.messages.length ? html`<h3>Console</h3><pre tabindex="0">${entry.messages.join("\n")}</pre>` : nothing}
    </details>
  `;
}

/** A user's id; a link for who may look at users. */
export function user(place, id) {
  const text = html`<code>${id}</code>`;
  return place.may("manage users") ? html`<a href=${address("apps", place.app._id, "users", id)}>${text}</a>` : text;
}
