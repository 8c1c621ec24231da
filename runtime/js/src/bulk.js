// The older way to write in bulk: `initializeOrderedBulkOp()` and its chain of calls.

/** What `find(query)` of a bulk operation returns. */
class BulkFind {
  #add;
  #filter;
  #upsert = {};

  constructor(add, filter) {
    this.#add = add;
    this.#filter = filter;
  }

  upsert() {
    this.#upsert = { upsert: true };
    return this;
  }

  update(update) {
    return this.#add({ updateMany: { filter: this.#filter, update, ...this.#upsert } });
  }

  updateOne(update) {
    return this.#add({ updateOne: { filter: this.#filter, update, ...this.#upsert } });
  }

  replaceOne(replacement) {
    return this.#add({ replaceOne: { filter: this.#filter, replacement, ...this.#upsert } });
  }

  remove() {
    return this.#add({ deleteMany: { filter: this.#filter } });
  }

  removeOne() {
    return this.#add({ deleteOne: { filter: this.#filter } });
  }
}

/** Collects operations and sends them all at once. */
export class BulkOperation {
  #operations = [];
  #send;

  constructor(send) {
    this.#send = send;
  }

  find(query) {
    const add = (operation) => {
      this.#operations.push(operation);
      return this;
    };
    return new BulkFind(add, query ?? {});
  }

  insert(document) {
    this.#operations.push({ insertOne: { document } });
    return this;
  }

  execute() {
    return this.#send(this.#operations);
  }
}
