// What changes between two versions: powers in words, then files line by line.

import { html, nothing } from "./library/lit-html.js";

/** Of an answer of the Admin API `{diffs, files, powers}`. */
export function difference({ diffs, files, powers }) {
  if (!diffs.length) {
    return html`<div class="empty"><p>Nothing changes.</p></div>`;
  }
  return html`
    ${powers === null ? html`<p class="quiet">One of the two versions cannot be read any more: powers are not compared.</p>` : changedPowers(powers)}
    <p class="quiet">${summary(files)}</p>
    ${diffs.map(file)}
  `;
}

function changedPowers(powers) {
  if (!powers.length) {
    return nothing;
  }
  return html`
    <h3>What the app may do</h3>
    <ul class="powers">${powers.map((power) => html`<li class=${kindOf(power)}><span class="sign">${power[0] === "+" ? "gains" : "loses"}</span> ${power.slice(2)}</li>`)}</ul>
  `;
}

function summary(files) {
  const kinds = Object.values(files);
  const told = ["added", "modified", "deleted"].map((kind) => [kind, kinds.filter((one) => one === kind).length]);
  return told.filter(([, number]) => number).map(([kind, number]) => `${number} ${number === 1 ? "file" : "files"} ${kind}`).join(", ");
}

function file(text) {
  const [before, after, ...lines] = text.split("\n");
  const name = (after.slice(4) === "(deleted)" ? before : after).slice(4);
  return html`
    <h3 class="file"><code>${name}</code>${before.slice(4) === "(new)" ? " added" : after.slice(4) === "(deleted)" ? " deleted" : ""}</h3>
    <pre class="source diff" tabindex="0" role="region" aria-label="Changes of ${name}">${lines.map(
      (line) => html`<span class="line ${kindOf(line)}">${line}${"\n"}</span>`,
    )}</pre>
  `;
}

function kindOf(line) {
  return { "+": "gained", "-": "lost", "@": "place" }[line[0]] ?? "";
}
