/** For users named Ada. */
exports = function adaOnly() {
  return "hello, Ada";
};
