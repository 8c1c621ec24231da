// The module `console`.
const { console } = globalThis;

/** Consoles of other streams are all the function's log. */
class Console {
  constructor() {
    Object.assign(this, console);
  }
}

export default Object.assign({ Console }, console);
