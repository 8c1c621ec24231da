// The module `diagnostics_channel`: channels to which nobody outside listens.
class Channel {
  #subscribers = new Set();

  constructor(name) {
    this.name = name;
  }

  get hasSubscribers() {
    return this.#subscribers.size > 0;
  }

  subscribe(callback) {
    this.#subscribers.add(callback);
  }

  unsubscribe(callback) {
    return this.#subscribers.delete(callback);
  }

  publish(message) {
    for (const subscriber of this.#subscribers) subscriber(message, this.name);
  }
}

const channels = new Map();

export function channel(name) {
  if (!channels.has(name)) channels.set(name, new Channel(name));
  return channels.get(name);
}

export const hasSubscribers = (name) => channel(name).hasSubscribers;
export const subscribe = (name, callback) => channel(name).subscribe(callback);
export const unsubscribe = (name, callback) => channel(name).unsubscribe(callback);
export { Channel };
