exports = function (milliseconds) {
  return new Promise((resolve) => setTimeout(() => resolve("waited"), Number(milliseconds)));
};
