// `AbortController` and `AbortSignal`.
import { DOMException, Event, EventTarget } from "./event-target.js";

const KEY = Symbol("made by this library");

export class AbortSignal extends EventTarget {
  aborted = false;
  reason = undefined;
  onabort = null;

  constructor(key) {
    super();
    if (key !== KEY) throw new TypeError("Illegal constructor");
  }

  throwIfAborted() {
    if (this.aborted) throw this.reason;
  }

  static abort(reason) {
    return abortSignal(new AbortSignal(KEY), reason);
  }

  static timeout(milliseconds) {
    const signal = new AbortSignal(KEY);
    const reason = () => new DOMException("The operation was aborted due to timeout", "TimeoutError");
    setTimeout(() => abortSignal(signal, reason()), milliseconds);
    return signal;
  }

  static any(signals) {
    const signal = new AbortSignal(KEY);
    for (const one of signals) {
      if (one.aborted) return abortSignal(signal, one.reason);
      one.addEventListener("abort", () => abortSignal(signal, one.reason));
    }
    return signal;
  }
}

function abortSignal(signal, reason) {
  if (signal.aborted) return signal;
  signal.aborted = true;
  signal.reason = reason === undefined ? new DOMException("This operation was aborted", "AbortError") : reason;
  signal.dispatchEvent(new Event("abort"));
  return signal;
}

export class AbortController {
  signal = new AbortSignal(KEY);

  abort(reason) {
    abortSignal(this.signal, reason);
  }
}
