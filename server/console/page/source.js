// JavaScript with numbered lines, its comments, texts and keywords set apart; always as text.

import { html } from "./library/lit-html.js";

const TOKENS =
  /(?<comment>\/\/[^\n]*|\/\*[\s\S]*?\*\/)|(?<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|(?<keyword>\b(?:async|await|break|case|catch|class|const|continue|default|do|else|export|exports|extends|finally|for|from|function|if|import|in|instanceof|let|new|null|of|return|static|switch|this|throw|true|false|try|typeof|undefined|var|void|while|yield)\b)|(?<number>\b\d[\d_.]*(?:e[+-]?\d+)?n?\b)/g;
const MOST_COLOURED = 200_000;

/** The source, which can be scrolled with the keyboard. */
export function source(text, label) {
  const lines = linesOf(text.length > MOST_COLOURED ? [{ text }] : [...tokensOf(text)]);
  return html`<pre class="source" tabindex="0" role="region" aria-label=${label}>${lines.map(line)}</pre>`;
}

function line(parts) {
  return html`<span class="line">${parts.map(({ text, kind }) => (kind ? html`<span class=${kind}>${text}</span>` : text))}${"\n"}</span>`;
}

function* tokensOf(text) {
  let end = 0;
  for (const found of text.matchAll(TOKENS)) {
    yield { text: text.slice(end, found.index) };
    yield { text: found[0], kind: Object.keys(found.groups).find((kind) => found.groups[kind] !== undefined) };
    end = found.index + found[0].length;
  }
  yield { text: text.slice(end) };
}

/** Tokens by line: one that spans lines is divided. */
function linesOf(tokens) {
  const lines = [[]];
  for (const { text, kind } of tokens) {
    for (const [index, part] of text.split("\n").entries()) {
      if (index) {
        lines.push([]);
      }
      if (part) {
        lines.at(-1).push({ text: part, kind });
      }
    }
  }
  return lines.at(-1).length || lines.length === 1 ? lines : lines.slice(0, -1);
}
