// The module `async_hooks`: a store for the synchronous part of what runs in it; the engine does not follow promises.
export class AsyncLocalStorage {
  #store;

  run(store, callback, ...args) {
    const before = this.#store;
    this.#store = store;
    try {
      return callback(...args);
    } finally {
      this.#store = before;
    }
  }

  exit(callback, ...args) {
    return this.run(undefined, callback, ...args);
  }

  enterWith(store) {
    this.#store = store;
  }

  getStore() {
    return this.#store;
  }

  disable() {
    this.#store = undefined;
  }
}

export class AsyncResource {
  constructor(type) {
    this.type = type;
  }

  runInAsyncScope(callback, receiver, ...args) {
    return callback.apply(receiver, args);
  }

  emitDestroy() {
    return this;
  }

  static bind(callback) {
    return callback;
  }
}

export const createHook = () => ({ enable() {}, disable() {} });
export const executionAsyncId = () => 1;
export const triggerAsyncId = () => 0;
