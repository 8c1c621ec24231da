// The client of a MongoDB data source: `context.services.get("mongodb-atlas")`.
import { BulkOperation } from "./bulk.js";
import { Cursor, FindCursor } from "./cursor.js";
import { hostCall } from "./door.js";
import { OwnTypeError, isArray } from "./primordials.js";
import { ClientSession } from "./sessions.js";
import { UNDEFINED_AS_NULL } from "./styles.js";

const passedOptions = [
  "upsert",
  "arrayFilters",
  "sort",
  "projection",
  "project",
  "returnNewDocument",
  "limit",
  "skip",
  "ordered",
  "bypassDocumentValidation",
  "collation",
  "hint",
  "readConcern",
  "writeConcern",
  "readPreference",
  "maxTimeMS",
  "comment",
  "allowDiskUse",
];

/** Adds the options that were given a value; the host judges which of them the caller may use. */
function withOptions(args, options) {
  if (options === undefined || options === null) return args;
  for (const name of passedOptions) {
    if (options[name] !== undefined) args[name] = options[name];
  }
  return args;
}

/** Where an operation goes: data source, database and collection. */
class Target {
  constructor(service, database, collection) {
    this.service = service;
    this.database = database;
    this.collection = collection;
  }

  /** Asks the host; inside a session's transaction only once that has begun. */
  async run(action, args, session) {
    if (session !== undefined && session !== null) args.session = await ClientSession.join(session);
    const { service, database, collection } = this;
    return await hostCall("documents", { service, database, collection, action, arguments: args }, UNDEFINED_AS_NULL);
  }
}

/** Finds and updates name the projection differently on the wire. */
function findArguments(query, projection, options, shape) {
  const { projection: fields, ...rest } = options ?? {};
  const args = withOptions({ query: query ?? {} }, rest);
  const project = projection ?? fields;
  if (project !== undefined && project !== null) args.project = project;
  return Object.assign(args, shape);
}

class Collection {
  #target;

  constructor(target) {
    this.#target = target;
  }

  get name() {
    return this.#target.collection;
  }

  #run(action, args, options) {
    return this.#target.run(action, withOptions(args, options), options?.session);
  }

  /** What writes must say which documents: a query forgotten or mistyped must not stand for all of them. */
  async #select(action, args, options) {
    const query = args.query ?? args.filter;
    if (typeof query !== "object" || query === null)
      throw new OwnTypeError(`${action} needs a query: {} for any document`);
    return await this.#run(action, args, options);
  }

  find(query, projection, options) {
    return new FindCursor((shape) =>
      this.#target.run("find", findArguments(query, projection, options, shape), options?.session),
    );
  }

  findOne(query, projection, options) {
    return this.#target.run("findOne", findArguments(query, projection, options, {}), options?.session);
  }

  findOneAndUpdate(query, update, options) {
    return this.#select("findOneAndUpdate", { filter: query, update }, options);
  }

  findOneAndReplace(query, replacement, options) {
    return this.#select("findOneAndReplace", { filter: query, update: replacement }, options);
  }

  findOneAndDelete(query, options) {
    return this.#select("findOneAndDelete", { filter: query }, options);
  }

  insertOne(document, options) {
    return this.#run("insertOne", { document }, options);
  }

  insertMany(documents, options) {
    return this.#run("insertMany", { documents }, options);
  }

  updateOne(query, update, options) {
    return this.#select("updateOne", { query, update }, options);
  }

  updateMany(query, update, options) {
    return this.#select("updateMany", { query, update }, options);
  }

  replaceOne(query, replacement, options) {
    return this.#select("replaceOne", { query, replacement }, options);
  }

  deleteOne(query, options) {
    return this.#select("deleteOne", { query }, options);
  }

  deleteMany(query, options) {
    return this.#select("deleteMany", { query }, options);
  }

  aggregate(pipeline, options) {
    return new Cursor(() => this.#run("aggregate", { pipeline: pipeline ?? [] }, options));
  }

  count(query, options) {
    return this.#run("count", { query: query ?? {} }, options);
  }

  distinct(field, query, options) {
    return this.#run("distinct", { field, query: query ?? {} }, options);
  }

  async bulkWrite(operations, options) {
    const list = isArray(operations) ? operations.map(withInsertedDocument) : operations;
    await this.#run("bulkWrite", { operations: list, ordered: options?.ordered ?? true }, options);
    return null;
  }

  initializeOrderedBulkOp() {
    return new BulkOperation((operations) => this.bulkWrite(operations, { ordered: true }));
  }

  initializeUnorderedBulkOp() {
    return new BulkOperation((operations) => this.bulkWrite(operations, { ordered: false }));
  }
}

/** `{insertOne: <document>}` is accepted for `{insertOne: {document}}`. */
function withInsertedDocument(operation) {
  const inserted = operation?.insertOne;
  const bare = typeof inserted === "object" && inserted !== null && inserted.document === undefined;
  return bare ? { insertOne: { document: inserted } } : operation;
}

class Database {
  #target;

  constructor(target) {
    this.#target = target;
  }

  get name() {
    return this.#target.database;
  }

  collection(name) {
    return new Collection(new Target(this.#target.service, this.#target.database, `${name}`));
  }

  getCollectionNames() {
    return this.#target.run("getCollectionNames", {});
  }

  aggregate(pipeline, options) {
    return new Cursor(() =>
      this.#target.run("aggregate", withOptions({ pipeline: pipeline ?? [] }, options), options?.session),
    );
  }
}

/** The client itself. */
export class MongoClient {
  #target;

  constructor(service) {
    this.#target = new Target(service, "", "");
  }

  db(name) {
    return new Database(new Target(this.#target.service, `${name}`, ""));
  }

  admin() {
    return { getDBNames: () => this.#target.run("getDBNames", {}) };
  }

  startSession() {
    return new ClientSession((action, session) => this.#target.run(action, { session }));
  }
}
