// The users of an app, a page at a time.

import { moment } from "./format.js";
import { html, nothing } from "./library/lit-html.js";
import { address } from "./routes.js";
import { chip, table } from "./table.js";

const PAGE = 50;

export function usersView(place) {
  let users = [];
  let status = "";
  let after = [""];

  const columns = [
    ["User", (one) => html`<a href=${address("apps", place.app._id, "users", one._id)}><code>${one._id}</code></a>`],
    ["Known as", (one) => html`<span class="name">${nameOf(one)}</span>`],
    ["Logs in by", (one) => one.identities.map((identity) => identity.provider_type).join(", ") || one.type],
    ["Last login", (one) => moment(one.last_authentication_date * 1000), "moment"],
    ["State", (one) => (one.disabled ? chip("disabled", "bad") : chip("enabled", "good"))],
  ];

  async function choose(event) {
    status = event.target.value;
    after = [""];
    await place.refresh();
  }

  async function turn(pages) {
    after = pages;
    await place.act(async () => {}, `Page ${pages.length} is shown.`);
  }

  function find(event) {
    event.preventDefault();
    const id = event.target.elements.user.value.trim();
    if (id) {
      location.hash = address("apps", place.app._id, "users", id);
    }
  }

  return {
    title: "Users",
    async load() {
      const query = new URLSearchParams({ ...(status && { status }), ...(after.at(-1) && { after: after.at(-1) }) });
      users = await place.get(`/users?${query}`);
    },
    render: () => html`
      <h1 tabindex="-1">Users</h1>
      <form class="filters" role="search" aria-label="Users" @submit=${find}>
        <div><label for="user">User ID</label><input id="user" name="user" spellcheck="false" autocapitalize="none"></div>
        <button>Open</button>
        <div>
          <label for="status">State</label>
          <select id="status" @change=${choose}>
            <option value="">all</option><option value="enabled">enabled</option><option value="disabled">disabled</option>
          </select>
        </div>
      </form>
      ${table({ caption: "Users", columns, rows: users, key: (one) => one._id, empty: html`<p>There is no such user.</p>` })}
      <div class="buttons">
        ${after.length > 1 ? html`<button @click=${() => turn(after.slice(0, -1))}>Back</button>` : nothing}
        ${users.length === PAGE ? html`<button @click=${() => turn([...after, users.at(-1)._id])}>Next</button>` : nothing}
      </div>
    `,
  };
}

/** What people call the user, as far as their data tells. */
export function nameOf(user) {
  const named = [user.data?.name, user.data?.email, user.identities[0]?.id];
  return String(named.find((one) => typeof one === "string" && one) ?? "–");
}
