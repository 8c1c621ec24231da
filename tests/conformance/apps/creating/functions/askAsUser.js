exports = (name) => {
  context.after("noteSelf", name);
};
