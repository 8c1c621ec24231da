// The few bounds this library keeps by itself; the host enforces its own again.
export const MAX_DEPTH = 200;
export const MAX_LOG_LINES = 1000;
export const MAX_LOG_CHARACTERS = 64 * 1024;
export const MAX_ERROR_CHARACTERS = 64 * 1024;
export const MAX_CODE_CHARACTERS = 1024;

/** Characters of a text that leaves, as the host says at each call: what is longer is not even written. */
export const lengths = { __proto__: null, result: Infinity, hostCall: Infinity };
