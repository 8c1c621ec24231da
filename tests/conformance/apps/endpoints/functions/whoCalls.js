// Who the caller is, and what of the credentials can be seen.
exports = ({ headers }) => ({
  user: context.user,
  isSystem: context.runningAsSystem(),
  headers: Object.keys(headers),
  requestHeaders: Object.keys(context.request.requestHeaders),
});
