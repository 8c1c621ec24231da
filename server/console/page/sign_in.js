// Sign in with username and password.

import { signIn } from "./api.js";
import { html, nothing } from "./library/lit-html.js";

/** The form; `done` is told once there is a session. */
export function signInView(place, done) {
  let problem = "";

  async function submit(event) {
    event.preventDefault();
    const form = event.target;
    place.isBusy = true;
    problem = "";
    place.draw();
    try {
      await signIn(form.elements.username.value, form.elements.password.value);
      done();
    } catch (error) {
      problem = reasonOf(error);
      place.isBusy = false;
      place.draw();
      form.elements.password.value = "";
      form.elements.password.focus();
    }
  }

  return {
    title: "Sign in",
    render: () => html`
      <form class="card sign-in" @submit=${submit}>
        <h1 tabindex="-1">Sign in to Vestibule</h1>
        <label for="username">Username</label>
        <input id="username" name="username" autocomplete="username" autocapitalize="none" spellcheck="false" required data-first>
        <label for="password">Password</label>
        <input id="password" name="password" type="password" autocomplete="current-password" required
          aria-describedby="refusal" aria-invalid=${problem ? "true" : nothing}>
        <p id="refusal" role="alert" class="refusal">${problem}</p>
        <button class="primary" ?disabled=${place.isBusy}>${place.isBusy ? "Signing in…" : "Sign in"}</button>
        <p class="quiet">Administrators are made with <code>vestibule admins add</code>.</p>
      </form>
    `,
  };
}

function reasonOf(error) {
  if (error.status === 401) {
    return "Username or password is wrong.";
  }
  if (error.status === 429) {
    return `Too many attempts. Try again in ${error.retryAfter || "a few"} seconds.`;
  }
  return error.message;
}
