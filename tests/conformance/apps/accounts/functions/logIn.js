/** Believes everybody. */
exports = async function logIn({ id, name }) {
  return { id, name };
};
