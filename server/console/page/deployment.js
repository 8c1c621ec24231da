// One deployment: what it changed, and the way back to it.

import { state } from "./deployments.js";
import { difference } from "./difference.js";
import { moment } from "./format.js";
import { html, nothing } from "./library/lit-html.js";
import { address } from "./routes.js";
import { facts } from "./table.js";

export function deploymentView(place) {
  const path = `/deployments/${encodeURIComponent(place.params.id)}`;
  let deployment = null;
  let made = null;
  let back = null;

  async function rollBack() {
    const question = {
      title: `Serve deployment ${deployment.number} again?`,
      text: "Calls under way end on the version that they began with; all others meet this one from then on.",
      yes: "Roll back",
    };
    if (await place.confirm(question)) {
      await place.act(() => place.send("POST", `${path}/redeploy`), `The version of deployment ${deployment.number} is served.`);
    }
  }

  const view = {
    title: "Deployment",
    async load() {
      deployment = await place.get(path);
      view.title = `Deployment ${deployment.number}`;
      made ??= await place.get(`${path}/diff`);
      back = deployment.served ? null : await place.get(`${path}/diff?against=served`);
    },
    render: () => html`
      <p class="above"><a href=${address("apps", place.app._id, "deployments")}>Deployments</a></p>
      <h1 tabindex="-1">${view.title}</h1>
      ${deployment ? about(deployment) : nothing}
      ${back?.diffs.length ? wayBack() : nothing}
      <section aria-labelledby="changes">
        <h2 id="changes">What it changed</h2>
        ${made ? difference(made) : nothing}
      </section>
    `,
  };

  function wayBack() {
    return html`
      <section class="card" aria-labelledby="back">
        <div class="heading">
          <h2 id="back">Roll back</h2>
          ${place.may("deploy") && deployment.status === "successful"
            ? html`<button class="primary" @click=${rollBack} ?disabled=${place.isBusy}>Roll back to ${deployment.number}</button>`
            : nothing}
        </div>
        <details><summary>What would change of what is served now</summary>${difference(back)}</details>
      </section>
    `;
  }

  return view;
}

function about(one) {
  return html`
    ${facts([
      ["State", state(one)],
      ["When", moment(one.deployed_at * 1000)],
      ["By", html`<span class="name">${one.user_id}</span>`],
      ["From", one.commit || one.origin],
      ["Version", html`<code>${one.version.slice(0, 12)}</code>`],
    ])}
    ${one.status_error_message ? html`<pre tabindex="0" class="problem">${one.status_error_message}</pre>` : nothing}
  `;
}
