// The module `tty`: there is no terminal.
export const isatty = () => false;

function refuse() {
  throw new Error("tty streams are not available: a function has no terminal");
}

export function ReadStream() {
  refuse();
}

export function WriteStream() {
  refuse();
}
