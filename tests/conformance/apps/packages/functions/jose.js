import { EncryptJWT, SignJWT, createLocalJWKSet, exportJWK, generateKeyPair, jwtDecrypt, jwtVerify } from "jose";

export default async () => {
  const { publicKey, privateKey } = await generateKeyPair("ES256");
  const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(publicKey)), kid: "a", alg: "ES256" }] });
  const token = await new SignJWT({ role: "x" }).setProtectedHeader({ alg: "ES256", kid: "a" }).setExpirationTime("1h").sign(privateKey);
  const secret = crypto.getRandomValues(new Uint8Array(32));
  const sealed = await new EncryptJWT({ n: 1 }).setProtectedHeader({ alg: "dir", enc: "A256GCM" }).encrypt(secret);
  const forged = await jwtVerify(`${token.slice(0, -4)}AAAA`, keys).catch((error) => error.code);
  return [(await jwtVerify(token, keys)).payload.role, (await jwtDecrypt(sealed, secret)).payload.n, forged];
};
