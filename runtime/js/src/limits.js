// The few bounds this library keeps by itself; the host enforces its own again.
export const MAX_DEPTH = 200;
export const MAX_LOG_LINES = 1000;
export const MAX_LOG_CHARACTERS = 64 * 1024;
