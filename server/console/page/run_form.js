// Runs a function with arguments, as the system or as a user, and shows what came of it.

import { json } from "./format.js";
import { html, nothing } from "./library/lit-html.js";
import { chip } from "./table.js";

/** The form and its result; `name` gives the function's name. */
export class RunForm {
  #place;
  #name;
  #asUser = false;
  #problem = "";
  #outcome = null;

  constructor(place, name) {
    this.#place = place;
    this.#name = name;
  }

  render() {
    return html`
      <section aria-labelledby="run">
        <h2 id="run">Run</h2>
        <form class="card run" @submit=${(event) => this.#submit(event)}>
          <label for="arguments">Arguments, a JSON array</label>
          <textarea id="arguments" name="arguments" rows="3" spellcheck="false" aria-describedby="arguments-problem"
            aria-invalid=${this.#problem ? "true" : nothing}>[]</textarea>
          <p id="arguments-problem" class="refusal" role="alert">${this.#problem}</p>
          <fieldset>
            <legend>Run as</legend>
            ${this.#choice("system", "System", !this.#asUser)} ${this.#choice("user", "User", this.#asUser)}
          </fieldset>
          ${this.#asUser
            ? html`<label for="user">User ID</label><input id="user" name="user" required spellcheck="false" autocapitalize="none">`
            : nothing}
          <button class="primary" ?disabled=${this.#place.isBusy}>${this.#place.isBusy ? "Running…" : "Run"}</button>
        </form>
        <div aria-live="polite">${this.#outcome ? shown(this.#outcome) : nothing}</div>
      </section>
    `;
  }

  #choice(value, text, isChosen) {
    const choose = () => {
      this.#asUser = value === "user";
      this.#place.draw();
    };
    return html`
      <label class="radio"><input type="radio" name="as" value=${value} ?checked=${isChosen} @change=${choose}>${text}</label>
    `;
  }

  async #submit(event) {
    event.preventDefault();
    const { arguments: field, user } = event.target.elements;
    this.#problem = problemOf(field.value);
    if (this.#problem) {
      this.#place.draw();
      field.focus();
      return;
    }
    const query = this.#asUser ? `user_id=${encodeURIComponent(user.value.trim())}` : "run_as_system=true";
    const body = `{"name": ${JSON.stringify(this.#name())}, "arguments": ${field.value}}`;
    await this.#place.act(async () => {
      this.#outcome = null;
      this.#outcome = await this.#place.send("POST", `/debug/execute_function?${query}`, body);
    }, "The function has ended.");
  }
}

function problemOf(text) {
  try {
    return Array.isArray(JSON.parse(text)) ? "" : "The arguments must be an array, such as [1, \"two\"].";
  } catch (error) {
    return `This is no JSON: ${error.message}`;
  }
}

function shown({ result, error, logs, error_logs: errorLogs, stats }) {
  const lines = [...(logs ?? []), ...(errorLogs ?? [])];
  return html`
    <div class="card outcome">
      <p class="chips">
        ${error ? chip("failed", "bad") : chip("ok", "good")}
        <span class="quiet">${stats.execution_time} · ${stats.host_calls} host calls</span>
      </p>
      <h3>${error ? "Error" : "Result"}</h3>
      <pre tabindex="0">${error ?? json(result)}</pre>
      ${lines.length ? html`<h3>Console</h3><pre tabindex="0">${lines.join("\n")}</pre>` : nothing}
    </div>
  `;
}
