// The module `perf_hooks`.
const { performance } = globalThis;

export { performance };
