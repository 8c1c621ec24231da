// Verifies an access token as a resource server would: npm `jose`, the issuer's published description and keys.
import { createRemoteJWKSet, jwtVerify } from "jose";
import { given, print } from "./realm.mjs";

const [token, issuer, audience] = given;
const description = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
const keys = createRemoteJWKSet(new URL(description.jwks_uri));
const { payload, protectedHeader } = await jwtVerify(token, keys, { issuer, audience, typ: "at+jwt" });
let refusal;
try {
  await jwtVerify(token, keys, { issuer, audience: "another" });
} catch (error) {
  refusal = error.code;
}
print({ payload, header: protectedHeader, refusal });
