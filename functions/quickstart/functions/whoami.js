/** What the server knows about the caller. */
exports = function whoami() {
  const { id, type, data, custom_data, identities } = context.user;
  const providers = identities.map((identity) => identity.provider_type);
  return { id, type, name: data.name ?? "guest", custom_data, providers };
};
