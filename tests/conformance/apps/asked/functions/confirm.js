/** Decides by the address: `yes…` is confirmed, `wait…` gets a token, `throw…` throws, all others are refused. */
exports = async function confirm({ username, token, tokenId }) {
  if (username.startsWith("throw")) {
    throw new Error("no");
  }
  await context.functions.execute("keep", username, { token, tokenId });
  const known = { yes: "success", wait: "pending" };
  return { status: known[username.replace(/\d*@.*/, "")] ?? "fail" };
};
