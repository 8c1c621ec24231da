/**
 * Logs in with {token}, a JWT that another system signed. The signature and its algorithm are
 * checked by utils.jwt.decode, the claims here: decoding makes no promise about them.
 */
exports = function login({ token }) {
  if (typeof token !== "string") {
    throw new Error("token is required, as text");
  }
  const rules = context.values.get("tokenRules");
  const claims = readClaims(token, rules.algorithms);
  checkTimes(claims, Date.now() / 1000, rules.clockSkewSeconds);
  if (claims.iss !== rules.issuer) {
    throw refused("issued by someone else");
  }
  if (![claims.aud].flat().includes(rules.audience)) {
    throw refused("meant for someone else");
  }
  if (typeof claims.sub !== "string" || claims.sub === "") {
    throw refused("it names no subject");
  }
  return typeof claims.name === "string" ? { id: claims.sub, name: claims.name } : { id: claims.sub };
};

function readClaims(token, algorithms) {
  try {
    return utils.jwt.decode(token, context.values.get("tokenKey"), false, algorithms);
  } catch (error) {
    console.warn(`undecodable token: ${error.message}`);
    throw refused("not signed as agreed");
  }
}

/** Times are seconds; exp is required, and neither side's clock is trusted beyond the skew. */
function checkTimes({ exp, nbf = 0, iat = 0 }, now, skew) {
  if (![exp, nbf, iat].every(Number.isFinite)) {
    throw refused("its times are missing or malformed");
  }
  if (now >= exp + skew) {
    throw refused("expired");
  }
  if (now < Math.max(nbf, iat) - skew) {
    throw refused("not valid yet");
  }
}

function refused(reason) {
  return new Error(`token refused: ${reason}`);
}
