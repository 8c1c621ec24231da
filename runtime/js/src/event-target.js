// `Event`, `EventTarget` and `DOMException`, as far as abort signals and packages need them.
export class DOMException extends Error {
  constructor(message = "", name = "Error") {
    super(message);
    Object.defineProperty(this, "name", { value: name, configurable: true });
  }

  get code() {
    return { AbortError: 20, TimeoutError: 23, DataCloneError: 25, InvalidCharacterError: 5 }[this.name] ?? 0;
  }
}

export class Event {
  defaultPrevented = false;
  target = null;
  timeStamp = 0;

  constructor(type, options = {}) {
    this.type = `${type}`;
    Object.assign(this, { bubbles: Boolean(options.bubbles), cancelable: Boolean(options.cancelable) });
  }

  get currentTarget() {
    return this.target;
  }

  preventDefault() {
    this.defaultPrevented = this.cancelable;
  }

  stopPropagation() {}

  stopImmediatePropagation() {
    this.stopped = true;
  }
}

export class CustomEvent extends Event {
  constructor(type, options = {}) {
    super(type, options);
    this.detail = options.detail ?? null;
  }
}

export class EventTarget {
  #listeners = [];

  addEventListener(type, callback, options) {
    if (!callback) return;
    const once = typeof options === "object" && options !== null && Boolean(options.once);
    const known = this.#listeners.some((listener) => listener.type === type && listener.callback === callback);
    if (!known) this.#listeners.push({ type, callback, once });
  }

  removeEventListener(type, callback) {
    this.#listeners = this.#listeners.filter((listener) => listener.type !== type || listener.callback !== callback);
  }

  dispatchEvent(event) {
    event.target = this;
    for (const { type, callback, once } of [...this.#listeners]) {
      if (type !== event.type || event.stopped) continue;
      if (once) this.removeEventListener(type, callback);
      if (typeof callback === "function") callback.call(this, event);
      else callback.handleEvent(event);
    }
    const handler = this[`on${event.type}`];
    if (typeof handler === "function") handler.call(this, event);
    return !event.defaultPrevented;
  }
}
