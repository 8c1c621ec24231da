// Asks for calls afterwards, and then throws or not.
exports = (name, fails, ballast = 0) => {
  context.after("note", name, "", "x".repeat(ballast));
  if (fails) throw new Error("nothing of it");
  return "asked";
};
