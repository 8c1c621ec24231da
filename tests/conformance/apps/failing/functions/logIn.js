// Lets everybody in, but who asks to wait, or is unwanted.
exports = async ({ name, wait }) => {
  if (wait) await new Promise(() => setTimeout(() => {}, 60_000));
  if (name === "nobody") throw new Error("unwanted");
  return name;
};
