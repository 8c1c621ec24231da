// Asks for calls afterwards, and then throws or not.
exports = (name, fails) => {
  context.after("note", name, "");
  if (fails) throw new Error("nothing of it");
  return "asked";
};
