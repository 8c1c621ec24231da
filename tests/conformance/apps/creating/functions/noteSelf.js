// Leaves as whom it ran with a function that may write.
exports = (name) =>
  context.functions.execute("keepNote", `${name} ${context.user.id} ${context.runningAsSystem()}`);
