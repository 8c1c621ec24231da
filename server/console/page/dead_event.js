// One event that was given up: why, and what its function was given.

import { json, moment } from "./format.js";
import { html, nothing } from "./library/lit-html.js";
import { address } from "./routes.js";
import { facts } from "./table.js";

export function deadEventView(place) {
  const path = `/dead_events/${encodeURIComponent(place.params.id)}`;
  const above = address("apps", place.app._id, "triggers");
  let dead = null;

  function replay() {
    return place.act(() => place.send("POST", `${path}/replay`), "The event is run again.", above);
  }

  async function discard() {
    const question = { title: "Forget the event?", text: "It is never run again.", yes: "Forget it" };
    if (await place.confirm(question)) {
      await place.act(() => place.send("DELETE", path), "The event is forgotten.", above);
    }
  }

  return {
    title: "Dead letter",
    async load() {
      dead ??= await place.get(path);
    },
    render: () => html`
      <p class="above"><a href=${above}>Triggers</a></p>
      <h1 tabindex="-1">Dead letter</h1>
      ${dead ? shown() : nothing}
    `,
  };

  function shown() {
    return html`
      ${facts([
        ["Trigger", dead.trigger_name || "–"],
        ["Function", dead.function_name],
        ["Queued", moment(dead.created)],
        ["Given up", moment(dead.died)],
        ["Attempts", `${dead.attempts} of ${dead.attempts_allowed}`],
      ])}
      ${place.may("run functions")
        ? html`
            <div class="buttons">
              <button class="danger" @click=${discard} ?disabled=${place.isBusy}>Forget</button>
              <button class="primary" @click=${replay} ?disabled=${place.isBusy}>Run again</button>
            </div>
          `
        : nothing}
      <section aria-labelledby="why"><h2 id="why">Why</h2><pre tabindex="0" class="problem">${dead.error}</pre></section>
      <section aria-labelledby="arguments"><h2 id="arguments">Arguments</h2><pre tabindex="0">${json(dead.arguments)}</pre></section>
    `;
  }
}
