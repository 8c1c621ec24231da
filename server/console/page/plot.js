// A line over time, drawn as SVG; what a pointer rests on is told below it.

import { html, nothing, svg } from "./library/lit-html.js";
import { clock } from "./format.js";

const WIDTH = 300;
const HEIGHT = 72;

/** A figure of one or two lines; each is `{name, values, kind}`, and `at` holds the moments of the values in seconds. */
export class Plot {
  #pointed = -1;

  constructor({ title, format, draw }) {
    this.title = title;
    this.format = format;
    this.draw = draw;
  }

  render({ at, lines, now }) {
    const most = Math.max(...lines.flatMap((line) => line.values), 0);
    const index = this.#pointed >= 0 && this.#pointed < at.length ? this.#pointed : -1;
    return html`
      <figure class="plot">
        <figcaption><span>${this.title}</span><strong>${now}</strong></figcaption>
        <div class="drawing">
          <span class="most" aria-hidden="true">${most ? this.format(most) : ""}</span>
          <svg role="img" aria-label=${this.#described(lines, most)} viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none"
            @pointermove=${(event) => this.#point(event, at.length)} @pointerleave=${() => this.#point(null, 0)}>
            <line class="ground" x1="0" x2=${WIDTH} y1=${HEIGHT - 0.5} y2=${HEIGHT - 0.5} />
            ${lines.map((line) => drawn(line, most))}
            ${index < 0 ? nothing : pointer(index, at.length)}
          </svg>
        </div>
        <p class="legend">${index < 0 ? legend(lines, at) : this.#told(index, at, lines)}</p>
      </figure>
    `;
  }

  #told(index, at, lines) {
    const values = lines.map((line) => `${line.name} ${this.format(line.values[index])}`);
    return html`<span>${clock(at[index] * 1000)}</span><span>${values.join(" · ")}</span>`;
  }

  #described(lines, most) {
    const last = lines.map((line) => `${line.name} ${this.format(line.values.at(-1) ?? 0)}`).join(", ");
    return `${this.title}: last ${last}; at most ${this.format(most)}`;
  }

  #point(event, length) {
    const box = event?.currentTarget.getBoundingClientRect();
    const share = box ? (event.clientX - box.left) / box.width : -1;
    this.#pointed = box ? Math.min(length - 1, Math.max(0, Math.floor(share * length))) : -1;
    this.draw();
  }
}

function legend(lines, at) {
  const names = lines.length > 1 ? lines.map((line) => html`<span class="key ${line.kind}">${line.name}</span>`) : nothing;
  return html`<span>${at.length ? clock(at[0] * 1000) : ""}</span>${names}<span>now</span>`;
}

function drawn({ values, kind }, most) {
  const points = values.map((value, index) => [x(index, values.length), y(value, most)]);
  const path = points.map(([left, top], index) => `${index ? "L" : "M"}${left.toFixed(1)} ${top.toFixed(1)}`).join("");
  const area = points.length ? `${path}L${WIDTH} ${HEIGHT}L0 ${HEIGHT}Z` : "";
  return svg`<path class="area ${kind}" d=${area} /><path class="line ${kind}" d=${path} />`;
}

function pointer(index, length) {
  return svg`<line class="pointer" x1=${x(index, length)} x2=${x(index, length)} y1="0" y2=${HEIGHT} />`;
}

function x(index, length) {
  return length > 1 ? (index / (length - 1)) * WIDTH : WIDTH;
}

function y(value, most) {
  return HEIGHT - 1 - (most ? (value / most) * (HEIGHT - 6) : 0);
}
