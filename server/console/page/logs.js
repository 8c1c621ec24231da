// The log of an app: all that ran or was refused, the newest first.

import { html, nothing } from "./library/lit-html.js";
import { runs } from "./runs.js";

const PAGE = 50;

export function logsView(place) {
  const wanted = { function_name: "", co_id: place.query.get("co_id") ?? "", errors_only: false };
  let entries = [];
  let olderThan;
  let isFollowing = true;

  function query(extra = {}) {
    const asked = { limit: PAGE, ...extra };
    for (const [name, value] of Object.entries(wanted)) {
      if (value) {
        asked[name] = value;
      }
    }
    return `/logs?${new URLSearchParams(asked)}`;
  }

  async function choose(event) {
    event.preventDefault();
    const { function_name: name, co_id: request, errors_only: errors } = event.target.elements;
    Object.assign(wanted, { function_name: name.value.trim(), co_id: request.value.trim(), errors_only: errors.checked });
    isFollowing = true;
    await place.act(async () => {}, "The entries are shown.");
  }

  function older() {
    return place.act(async () => {
      const found = await place.get(query({ end_date: olderThan }));
      const known = new Set(entries.map((entry) => entry._id));
      const added = found.logs.filter((entry) => !known.has(entry._id));
      isFollowing = false;
      entries = [...entries, ...added];
      olderThan = added.length ? found.nextEndDate : undefined;
    }, "Older entries are shown.");
  }

  return {
    title: "Logs",
    every: 5000,
    async load() {
      if (isFollowing) {
        const found = await place.get(query());
        entries = found.logs;
        olderThan = found.nextEndDate;
      }
    },
    render: () => html`
      <h1 tabindex="-1">Logs</h1>
      <form class="filters" role="search" aria-label="Log entries" @submit=${choose}>
        <div><label for="function_name">Function</label><input id="function_name" name="function_name" spellcheck="false" autocapitalize="none"></div>
        <div><label for="co_id">Request ID</label><input id="co_id" name="co_id" spellcheck="false" value=${wanted.co_id}></div>
        <label class="radio"><input type="checkbox" name="errors_only">Errors only</label>
        <button>Show</button>
      </form>
      ${runs(place, entries, { caption: "Log entries", empty: "There are no such entries.", named: true })}
      ${olderThan === undefined ? nothing : html`<p><button @click=${older} ?disabled=${place.isBusy}>Older entries</button></p>`}
    `,
  };
}
