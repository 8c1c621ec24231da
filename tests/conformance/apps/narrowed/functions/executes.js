exports = async (name, ...args) => (await context.functions.execute(name, ...args)).length;
