// Triggers: where they stand, what is owed to them, and what was given up.

import { brief, count, moment } from "./format.js";
import { html, nothing } from "./library/lit-html.js";
import { address } from "./routes.js";
import { chip, table } from "./table.js";

const QUEUE = [
  ["Trigger", (one) => one.trigger_name || one.function_name],
  ["Function", (one) => one.function_name],
  ["Queued", (one) => moment(one.created), "moment"],
  ["State", waiting],
  ["Attempts", (one) => `${one.attempts} of ${one.attempts_allowed}`, "number"],
];

export function triggersView(place) {
  const seesDead = place.may("read logs");
  let triggers = [];
  let queue = { triggers: [], waiting: 0, events: [] };
  let dead = [];

  const columns = [
    ["Trigger", (one) => one.name],
    ["Kind", (one) => String(one.type).toLowerCase()],
    ["Function", functionOf],
    ["State", stateOf],
    ["", resumption, "action"],
  ];
  const deadColumns = [
    ["Given up", (one) => html`<a href=${address("apps", place.app._id, "triggers", "dead", one._id)}>${moment(one.died)}</a>`, "moment"],
    ["Trigger", (one) => one.trigger_name || one.function_name],
    ["Why", (one) => html`<span class="brief">${brief(one.error)}</span>`, "wide"],
    ...(place.may("run functions") ? [["", again, "action"]] : []),
  ];

  function again(one) {
    const replay = () => place.act(() => place.send("POST", `/dead_events/${one._id}/replay`), "The event is run again.");
    return html`<button @click=${replay} ?disabled=${place.isBusy} aria-label="Run again the event given up ${moment(one.died)}">Run again</button>`;
  }

  function stateOf(one) {
    const known = queue.triggers.find((state) => state.name === one.name);
    if (one.disabled) {
      return chip("disabled");
    }
    if (known?.status === "suspended") {
      return html`${chip("suspended", "bad")} <span class="quiet">${known.reason}</span>`;
    }
    return chip("active", "good");
  }

  function resumption(one) {
    const isSuspended = queue.triggers.some((state) => state.name === one.name && state.status === "suspended");
    const resume = () => place.act(() => place.send("PUT", `/triggers/${one._id}/resume`, {}), `${one.name} goes on.`);
    return isSuspended && place.may("deploy")
      ? html`<button @click=${resume} ?disabled=${place.isBusy} aria-label="Resume ${one.name}">Resume</button>`
      : nothing;
  }

  return {
    title: "Triggers",
    every: 5000,
    async load() {
      [triggers, queue, dead] = await Promise.all([
        place.get("/triggers"),
        place.get("/trigger_queue"),
        seesDead ? place.get("/dead_events") : [],
      ]);
    },
    render: () => html`
      <h1 tabindex="-1">Triggers</h1>
      ${table({ caption: "Triggers", columns, rows: triggers, key: (one) => one._id, empty: html`<p>The app has no triggers.</p>` })}
      <section aria-labelledby="queue">
        <h2 id="queue">Queue <span class="quiet">${count(queue.waiting)} owed</span></h2>
        ${table({ caption: "Events that are owed, those due first first", columns: QUEUE, rows: queue.events, key: (one) => one._id, empty: html`<p>Nothing is owed.</p>` })}
      </section>
      ${seesDead
        ? html`
            <section aria-labelledby="dead">
              <h2 id="dead">Dead letters <span class="quiet">events that were given up</span></h2>
              ${table({ caption: "Dead letters, the last first", columns: deadColumns, rows: dead, key: (one) => one._id, empty: html`<p>No event was given up.</p>` })}
            </section>
          `
        : nothing}
    `,
  };
}

function functionOf(trigger) {
  return trigger.event_processors?.FUNCTION?.config?.function_name ?? trigger.function_name ?? "–";
}

function waiting(one) {
  if (one.running) {
    return chip("running", "good");
  }
  return one.due ? html`${chip("due", "waiting")} ${moment(one.due)}` : chip("behind others");
}
