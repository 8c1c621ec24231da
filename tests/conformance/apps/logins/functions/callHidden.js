/** Calls the private function. */
exports = function callHidden() {
  return context.functions.execute("hidden");
};
