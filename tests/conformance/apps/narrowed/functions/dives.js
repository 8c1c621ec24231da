exports = async function (depth) {
  return depth > 1 ? 1 + (await context.functions.execute("dives", depth - 1)) : 1;
};
