/** Its first argument, unchanged. */
exports = function echo(value) {
  return value;
};
