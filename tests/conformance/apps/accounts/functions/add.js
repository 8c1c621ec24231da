/** The sum of two numbers. */
exports = async function add(one, other) {
  return one + other;
};
