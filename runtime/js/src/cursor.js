// What `find` and `aggregate` return: nothing is asked of the host before the first read.

export class Cursor {
  #fetch;
  #documents;
  #position = 0;

  constructor(fetch) {
    this.#fetch = fetch;
  }

  /** Asks once, whatever is read afterwards. */
  #read() {
    this.#documents ??= this.#fetch();
    return this.#documents;
  }

  /** Whether reading has begun, so that sort, skip and limit would come too late. */
  get started() {
    return this.#documents !== undefined;
  }

  async toArray() {
    const documents = await this.#read();
    const rest = this.#position === 0 ? documents : documents.slice(this.#position);
    this.#position = documents.length;
    return rest;
  }

  async next() {
    const documents = await this.#read();
    return documents[this.#position++];
  }

  async hasNext() {
    const documents = await this.#read();
    return this.#position < documents.length;
  }

  async forEach(visit) {
    for await (const document of this) await visit(document);
  }

  async close() {
    this.#documents = [];
  }

  async *[Symbol.asyncIterator]() {
    const documents = await this.#read();
    while (this.#position < documents.length) yield documents[this.#position++];
  }
}

/** A cursor over a query, which may still be shaped until it is read. */
export class FindCursor extends Cursor {
  #shape;

  constructor(fetch) {
    const shape = {};
    super(() => fetch(shape));
    this.#shape = shape;
  }

  #set(name, value) {
    if (this.started) throw new Error(`${name}() comes too late: the cursor has been read from`);
    this.#shape[name] = value;
    return this;
  }

  sort(order) {
    return this.#set("sort", order);
  }

  skip(count) {
    return this.#set("skip", count);
  }

  limit(count) {
    return this.#set("limit", count);
  }

  project(projection) {
    return this.#set("project", projection);
  }
}
