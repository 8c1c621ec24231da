// The one dialog: asks before something that cannot be taken back, and gives the focus back afterwards.

import { html, nothing } from "./library/lit-html.js";

class Confirmation {
  #question = null;
  #answer = null;
  draw = () => {};

  /** Whether the administrator says yes to `{title, text, yes}`. */
  ask(question) {
    this.#question = question;
    this.draw();
    document.querySelector("dialog").showModal();
    return new Promise((resolve) => {
      this.#answer = resolve;
    });
  }

  /** Take the dialog away, as if the answer were no. */
  dismiss() {
    document.querySelector("dialog")?.close();
  }

  render() {
    return html`
      <dialog aria-labelledby="question" @close=${(event) => this.#closed(event.target.returnValue)}>
        ${this.#question ? this.#shown(this.#question) : nothing}
      </dialog>
    `;
  }

  #shown({ title, text, yes }) {
    return html`
      <h2 id="question">${title}</h2>
      <p>${text}</p>
      <div class="buttons">
        <button @click=${() => this.#close("")}>Cancel</button>
        <button class="danger" @click=${() => this.#close("yes")}>${yes}</button>
      </div>
    `;
  }

  #close(value) {
    document.querySelector("dialog").close(value);
  }

  #closed(value) {
    const answer = this.#answer;
    this.#answer = this.#question = null;
    document.querySelector("dialog").returnValue = "";
    this.draw();
    answer?.(value === "yes");
  }
}

export const confirmation = new Confirmation();
