/** How many arguments came in, and of which types. */
exports = function countArguments(...given) {
  return given.map((value) => (value === null ? "null" : typeof value));
};
