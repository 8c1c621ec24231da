// A line over time, drawn as SVG; what a pointer rests on is told below it.

import { html, nothing, svg } from "./library/lit-html.js";
import { clock } from "./format.js";

const WIDTH = 300;
const HEIGHT = 72;

/** A figure of one or two lines; each is `{name, values, kind}`, null where there is no value; `at` holds their moments in seconds. */
export class Plot {
  #pointed = -1;

  constructor({ title, format, draw }) {
    this.title = title;
    this.format = format;
    this.draw = draw;
  }

  render({ at, lines, now }) {
    const most = Math.max(...lines.flatMap((line) => line.values).filter((value) => value !== null), 0);
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
    const values = lines.map((line) => `${line.name} ${this.#written(line.values[index])}`);
    return html`<span>${clock(at[index] * 1000)}</span><span>${values.join(" · ")}</span>`;
  }

  #described(lines, most) {
    const last = lines.map((line) => `${line.name} ${this.#written(line.values.at(-1))}`).join(", ");
    return `${this.title}: last ${last}; at most ${this.format(most)}`;
  }

  #written(value) {
    return value === null || value === undefined ? "none" : this.format(value);
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
  const pieces = piecesOf(values).map((piece) => piece.map((index) => [x(index, values.length), y(values[index], most)]));
  const lines = pieces.map(pathOf).join("");
  const areas = pieces.map((piece) => `${pathOf(piece)}V${HEIGHT}H${piece[0][0].toFixed(1)}Z`).join("");
  return svg`<path class="area ${kind}" d=${areas} /><path class="line ${kind}" d=${lines} />`;
}

/** The indexes of values that follow one another without a gap. */
function piecesOf(values) {
  const pieces = [];
  for (const [index, value] of values.entries()) {
    if (value !== null) {
      const isNew = index === 0 || values[index - 1] === null;
      pieces.push(isNew ? [index] : [...pieces.pop(), index]);
    }
  }
  return pieces;
}

/** A path through the points; a single one is a dot. */
function pathOf(points) {
  const path = points.map(([left, top], index) => `${index ? "L" : "M"}${left.toFixed(1)} ${top.toFixed(1)}`).join("");
  return points.length > 1 ? path : `${path}h0.01`;
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
