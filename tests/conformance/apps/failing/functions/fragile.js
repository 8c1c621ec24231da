// Returns, throws or hangs.
exports = (way) => {
  if (way === "throws") throw new Error("thrown");
  while (way === "hangs");
  return way;
};
