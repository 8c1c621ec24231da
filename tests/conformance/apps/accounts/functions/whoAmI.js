/** The caller, as functions see them. */
exports = async function whoAmI() {
  const { id, type, data, identities } = context.user;
  return { id, type, data, identities: identities.map(({ provider_type }) => provider_type) };
};
