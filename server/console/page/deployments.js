// The history of an app, and the draft that waits to be deployed.

import { difference } from "./difference.js";
import { moment } from "./format.js";
import { html, nothing } from "./library/lit-html.js";
import { address } from "./routes.js";
import { chip, table } from "./table.js";

const PAGE = 25;
const PATIENCE = 60_000;
const PAUSE = 250;

export function deploymentsView(place) {
  let deployments = [];
  let wanted = PAGE;
  let draft = null;
  let changes = null;

  const columns = [
    ["Number", (one) => html`<a href=${address("apps", place.app._id, "deployments", one._id)}>${one.number}</a>`],
    ["When", (one) => moment(one.deployed_at * 1000), "moment"],
    ["By", (one) => html`<span class="name">${one.user_id}</span>`],
    ["From", (one) => one.commit || one.origin],
    ["State", state],
  ];

  function discard() {
    const question = { title: "Give the draft up?", text: "Its changes are lost.", yes: "Give it up" };
    return place.confirm(question).then((yes) =>
      yes ? place.act(() => place.send("DELETE", `/drafts/${draft._id}`), "The draft is given up.") : null,
    );
  }

  function deploy() {
    return place.act(async () => {
      const begun = await place.send("POST", `/drafts/${draft._id}/deployment`);
      await ended(place, begun._id);
    }, "The draft is deployed.");
  }

  return {
    title: "Deployments",
    async load() {
      deployments = await place.get(`/deployments?limit=${wanted}`);
      [draft = null] = await place.get("/drafts");
      changes = draft ? await place.get(`/drafts/${draft._id}/diff`) : null;
    },
    render: () => html`
      <h1 tabindex="-1">Deployments</h1>
      ${draft
        ? html`
            <section class="card" aria-labelledby="draft">
              <div class="heading">
                <h2 id="draft">Draft <span class="quiet">by ${draft.user_id}</span></h2>
                ${place.may("deploy")
                  ? html`
                      <div class="buttons">
                        <button class="danger" @click=${discard} ?disabled=${place.isBusy}>Give up</button>
                        <button class="primary" @click=${deploy} ?disabled=${place.isBusy}>Deploy</button>
                      </div>
                    `
                  : nothing}
              </div>
              ${changes ? difference(changes) : nothing}
            </section>
          `
        : nothing}
      ${table({
        caption: "Deployments, the newest first",
        columns,
        rows: deployments,
        key: (one) => one._id,
        empty: html`<p>Nothing was deployed yet.</p>`,
      })}
      ${deployments.length === wanted
        ? html`<p><button @click=${() => ((wanted += PAGE * 4), place.refresh())}>Earlier deployments</button></p>`
        : nothing}
    `,
  };
}

/** How a deployment stands. */
export function state(one) {
  const kinds = { successful: "", failed: "bad" };
  return one.served ? chip("served", "good") : chip(one.status, kinds[one.status] ?? "waiting");
}

/** Wait until the deployment has ended. Throws where it failed. */
async function ended(place, id) {
  const giveUp = Date.now() + PATIENCE;
  while (Date.now() < giveUp) {
    const deployment = await place.get(`/deployments/${id}`);
    if (deployment.status === "successful") {
      return;
    }
    if (deployment.status === "failed") {
      throw new Error(deployment.status_error_message);
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
  throw new Error("the deployment still goes on");
}
