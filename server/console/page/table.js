// A table that becomes a list of cards where the page is narrow.

import { html } from "./library/lit-html.js";
import { repeat } from "./library/directives/repeat.js";

const ACTIONS = html`<span class="unseen">Actions</span>`;

/** `columns` are pairs of heading and what a row's cell shows, numbers with `"number"` as third; `empty` stands for no rows. */
export function table({ caption, columns, rows, key, empty }) {
  if (!rows.length) {
    return html`<div class="empty">${empty}</div>`;
  }
  return html`
    <table class="list">
      <caption class="unseen">${caption}</caption>
      <thead><tr>${columns.map(([heading, , kind]) => html`<th scope="col" class=${kind ?? ""}>${heading || ACTIONS}</th>`)}</tr></thead>
      <tbody>${repeat(rows, key, (row) => html`<tr>${columns.map((column) => cell(column, row))}</tr>`)}</tbody>
    </table>
  `;
}

function cell([heading, show, kind], row) {
  return html`<td class=${kind ?? ""} data-heading=${heading}>${show(row)}</td>`;
}

/** Names and values below one another, from pairs. */
export function facts(pairs) {
  return html`<dl class="facts">${pairs.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** A short word that says how something stands: `good`, `bad`, `waiting` or plain. */
export function chip(word, kind = "") {
  return html`<span class="chip ${kind}">${word}</span>`;
}
