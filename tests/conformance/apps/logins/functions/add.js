/** The sum of two numbers. */
exports = function add(one, other) {
  return one + other;
};
