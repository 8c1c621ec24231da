exports = function (milliseconds, length) {
  const end = Date.now() + Number(milliseconds);
  while (Date.now() < end);
  return "x".repeat(Number(length ?? 0));
};
