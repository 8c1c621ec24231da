// One user: identities, sessions, devices; letting them in and keeping them out.

import { json, moment } from "./format.js";
import { html, nothing } from "./library/lit-html.js";
import { address } from "./routes.js";
import { chip, facts, table } from "./table.js";
import { nameOf } from "./users.js";

const IDENTITIES = [
  ["Provider", (one) => one.provider_type],
  ["Identity", (one) => html`<code>${one.id}</code>`],
  ["Data", (one) => html`<pre tabindex="0">${json(one.provider_data)}</pre>`, "wide"],
];
const DEVICES = [
  ["Device", (one) => html`<code>${one._id}</code>`],
  ["Platform", (one) => [one.platform, one.platformVersion].filter((text) => text).join(" ") || "–"],
  ["SDK", (one) => one.sdkVersion ?? "–"],
  ["Last seen", (one) => moment(one.last_seen * 1000), "moment"],
];

export function userView(place) {
  const path = `/users/${encodeURIComponent(place.params.id)}`;
  let user = null;
  let sessions = [];
  let devices = [];

  const sessionColumns = [
    ["Began", (one) => moment(one.created), "moment"],
    ["By", (one) => one.provider_type],
    ["Ends", (one) => moment(one.expires), "moment"],
    ["", (one) => html`<button aria-label="End the session of ${moment(one.created)}" ?disabled=${place.isBusy} @click=${() => end(one)}>End</button>`, "action"],
  ];

  function end(session) {
    return place.act(() => place.send("DELETE", `${path}/sessions/${session._id}`), "The session has ended.");
  }

  async function revoke() {
    const question = { title: "End all sessions?", text: "The user has to log in again on every device.", yes: "End all" };
    if (await place.confirm(question)) {
      await place.act(() => place.send("PUT", `${path}/logout`), "All sessions have ended.");
    }
  }

  async function disable() {
    const question = { title: "Disable the user?", text: "All sessions end, and the user cannot log in until enabled again.", yes: "Disable" };
    if (await place.confirm(question)) {
      await place.act(() => place.send("PUT", `${path}/disable`), "The user is disabled.");
    }
  }

  function enable() {
    return place.act(() => place.send("PUT", `${path}/enable`), "The user is enabled.");
  }

  const view = {
    title: "User",
    async load() {
      [user, sessions, devices] = await Promise.all([place.get(path), place.get(`${path}/sessions`), place.get(`${path}/devices`)]);
      view.title = nameOf(user);
    },
    render: () => html`
      <p class="above"><a href=${address("apps", place.app._id, "users")}>Users</a></p>
      <h1 tabindex="-1" class="name">${view.title}</h1>
      ${user ? shown() : nothing}
    `,
  };

  function shown() {
    return html`
      ${facts([
        ["User ID", html`<code>${user._id}</code>`],
        ["State", user.disabled ? chip("disabled", "bad") : chip("enabled", "good")],
        ["Made", moment(user.creation_date * 1000)],
        ["Last login", moment(user.last_authentication_date * 1000)],
      ])}
      <div class="buttons">
        ${user.disabled
          ? html`<button class="primary" @click=${enable} ?disabled=${place.isBusy}>Enable</button>`
          : html`<button class="danger" @click=${disable} ?disabled=${place.isBusy}>Disable</button>`}
        ${sessions.length ? html`<button @click=${revoke} ?disabled=${place.isBusy}>End all sessions</button>` : nothing}
      </div>
      ${part("identities", "Identities", IDENTITIES, user.identities, "The user has no way to log in.")}
      ${part("sessions", "Sessions", sessionColumns, sessions, "No session is open.")}
      ${part("devices", "Devices", DEVICES, devices, "No device has said what it is.")}
    `;
  }

  return view;
}

function part(id, name, columns, rows, empty) {
  return html`
    <section aria-labelledby=${id}>
      <h2 id=${id}>${name}</h2>
      ${table({ caption: name, columns, rows, key: (one) => one._id ?? `${one.provider_type} ${one.id}`, empty: html`<p>${empty}</p>` })}
    </section>
  `;
}
