// Client sessions and their transactions.
import { entropy } from "./entropy.js";
import { bytesToHex } from "./primordials.js";

/** MongoDB's code of a transaction that lost against another. */
const WRITE_CONFLICT = 112;
const MOST_ATTEMPTS = 100;

/** A session: operations that carry it in their options belong to its transaction. */
export class ClientSession {
  #id;
  #begun;
  #send;

  constructor(send) {
    this.#id = bytesToHex(entropy(16));
    this.#send = send;
  }

  /** The id to send with an operation, once the transaction it belongs to has begun at the host. */
  static async join(session) {
    if (!(session instanceof ClientSession)) throw new TypeError("'session' must come from startSession()");
    await session.#begun;
    return session.#id;
  }

  inTransaction() {
    return this.#begun !== undefined;
  }

  startTransaction() {
    if (this.#begun !== undefined) throw new Error("Transaction already in progress");
    this.#begun = this.#send("startTransaction", this.#id);
    return this.#begun;
  }

  async #end(action) {
    if (this.#begun === undefined) throw new Error("No transaction started");
    await this.#begun;
    this.#begun = undefined;
    return await this.#send(action, this.#id);
  }

  commitTransaction() {
    return this.#end("commitTransaction");
  }

  abortTransaction() {
    return this.#end("abortTransaction");
  }

  /** Leaves nothing behind: a transaction still open is undone. */
  async endSession() {
    if (this.#begun !== undefined) await this.abortTransaction();
  }

  /**
   * Runs the work inside one transaction; undone when the work throws or has aborted it itself.
   * Where another transaction was faster with the same documents, the whole work is done again.
   */
  async withTransaction(work) {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#attempt(work);
      } catch (error) {
        if (error?.code !== WRITE_CONFLICT || attempt === MOST_ATTEMPTS) throw error;
      }
    }
  }

  async #attempt(work) {
    await this.startTransaction();
    let result;
    try {
      result = await work(this);
    } catch (error) {
      if (this.#begun !== undefined) await this.abortTransaction();
      throw error;
    }
    if (this.#begun !== undefined) await this.commitTransaction();
    return result;
  }
}
