/** The sum of any number of numbers. */
exports = function sum(...numbers) {
  if (!numbers.every(Number.isFinite)) {
    throw new TypeError("sum takes numbers only");
  }
  return numbers.reduce((total, number) => total + number, 0);
};
