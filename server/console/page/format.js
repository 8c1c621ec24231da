// Moments, durations, sizes and values, as people read them.

const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const COUNT = new Intl.NumberFormat();
const UNITS = ["B", "kB", "MB", "GB"];

/** Date and time; a dash where there is none. */
export function moment(value) {
  return value ? MOMENT.format(new Date(value)) : "–";
}

/** The date alone. */
export function day(value) {
  return value ? DAY.format(new Date(value)) : "–";
}

/** The time of day alone. */
export function clock(value) {
  return CLOCK.format(new Date(value));
}

/** `1,234`. */
export function count(value) {
  return COUNT.format(value);
}

/** Milliseconds as `4.2 ms` or `1.3 s`. */
export function duration(milliseconds) {
  if (milliseconds >= 1000) {
    return `${rounded(milliseconds / 1000)} s`;
  }
  return `${rounded(milliseconds)} ms`;
}

/** Bytes as `1.5 MB`. */
export function size(bytes) {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${rounded(value)} ${UNITS[unit]}`;
}

function rounded(value) {
  return COUNT.format(Number(value.toPrecision(value >= 1000 ? 4 : 3)));
}

/** A value as indented JSON; numbers of Extended JSON are shown as such. */
export function json(value) {
  return JSON.stringify(relaxed(value), null, 2);
}

function relaxed(value) {
  if (Array.isArray(value)) {
    return value.map(relaxed);
  }
  if (value === null || typeof value !== "object") {
    return value;
  }
  const [name, ...others] = Object.keys(value);
  if (!others.length && ["$numberInt", "$numberLong", "$numberDouble"].includes(name)) {
    const number = Number(value[name]);
    return Number.isSafeInteger(number) || (name === "$numberDouble" && Number.isFinite(number)) ? number : value;
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, relaxed(inner)]));
}

/** The first line of an error; of an error object the name and the message. */
export function brief(error) {
  const [line] = (error ?? "").split("\n");
  try {
    const { name, message } = JSON.parse(line);
    return message === undefined ? line : `${name ?? "Error"}: ${message}`;
  } catch {
    return line;
  }
}
