/** Believes everybody: what is measured is everything around it. */
exports = async function login({ id }) {
  return id;
};
