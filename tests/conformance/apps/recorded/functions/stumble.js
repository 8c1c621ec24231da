exports = (falls) => {
  if (falls) throw new Error("fell");
  return "stood";
};
