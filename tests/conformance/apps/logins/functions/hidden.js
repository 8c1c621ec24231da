/** Private: for other functions only. */
exports = function hidden() {
  return "found";
};
