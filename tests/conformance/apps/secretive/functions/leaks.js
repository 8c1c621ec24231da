exports = function (how) {
  const secret = context.values.get("plain");
  console.log("the secret is", secret, { secret });
  if (how === "throw") throw new Error(`the secret is ${secret}`);
  return secret;
};
