// Gives back what the function finds of its request.
exports = function ({ query, headers, body }) {
  return {
    query,
    headers,
    body: body === undefined ? null : body.toHex(),
    request: context.request,
    user: context.user.type,
    isSystem: context.runningAsSystem(),
  };
};
