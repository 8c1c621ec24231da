/** The caller, as functions see them. */
exports = function whoAmI() {
  const { id, type, data, custom_data, identities } = context.user;
  return { id, type, data, custom_data, identities, isSystem: context.runningAsSystem() };
};
