// What the host says of a connection that failed, as the errors of Node's sockets.
const codes = [
  [/was not found$/, "ENOTFOUND"],
  [/cannot connect/, "ECONNREFUSED"],
  [/no complete answer within|timed out/, "ETIMEDOUT"],
  [/are not allowed|not allowed/, "EACCES"],
  [/no secure connection/, "ERR_TLS_CERT_ALTNAME_INVALID"],
];

/** The same error with Node's code, by which packages decide whether to try again. */
export function socketError(error) {
  const found = codes.find(([pattern]) => pattern.test(error.message));
  return Object.assign(error, { code: found ? found[1] : "ECONNRESET" });
}
