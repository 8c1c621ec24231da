// Asks three times for a call afterwards, and does not wait for the last answer.
exports = async (name, length) => {
  const ask = () => context.after("note", name, "", "x".repeat(length));
  await ask();
  await ask();
  ask();
  return "asked";
};
