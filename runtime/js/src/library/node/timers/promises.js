// The module `timers/promises`.
const pause = setTimeout[Symbol.for("nodejs.util.promisify.custom")];

const setImmediate = (value) => pause(0, value);

export { pause as setTimeout, setImmediate };
