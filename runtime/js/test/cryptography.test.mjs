// `utils` and the module `crypto`, against the contract's vectors and Node.
import assert from "node:assert/strict";
import * as node from "node:crypto";
import { test } from "node:test";
import { answerSync } from "./host.mjs";
import { valueOf } from "./sandbox.mjs";

const computed = (expression, options) =>
  valueOf(`const crypto = require("crypto"); exports = async () => (${expression});`, options);
const asynchronous = (operation, { keyLength, iterations, N, r, p, ...rest }) => {
  const numbers = Object.entries({ keyLength, iterations, N, r, p }).filter(([, value]) => value !== undefined);
  const plain = Object.fromEntries(numbers.map(([name, value]) => [name, +value.$numberInt]));
  return JSON.parse(answerSync(operation, JSON.stringify({ ...rest, ...plain }))).value;
};

test("the vendor's vectors come out", async () => {
  assert.equal(
    await computed('utils.crypto.hmac("hello!", "super-secret", "sha256", "base64")'),
    "SUXd6PRMaTXXgBGaGsIHzaDWgTSa6C3D44lRGrvRak0=",
  );
  assert.equal(
    await computed('utils.crypto.hash("sha256", "hello!").toBase64()'),
    "zgYJL7lI2f+sfRo3bkBLJrdXW8wR7gWkYV/vT+w6MIs=",
  );
  const cipher = "WPBuIvJ6Bity43Uh822dW8QlVYVJaFUiDeUjlTiJXzptUuTYIKPlXekBQAJb";
  assert.equal(
    await computed(
      `utils.crypto.decrypt("aes", BSON.Binary.fromBase64("${cipher}"), "603082712271C525E087BD999A4E0738").text()`,
    ),
    "MongoDB is great!",
  );
});

test("the vendor's token comes out, and is read again", async () => {
  const token = await computed(
    'utils.jwt.encode("HS512", { sub: "1234567890", name: "Joe Schmoe", iat: 1565721223187 }, "SuperSecret")',
  );
  assert.equal(
    token.split(".")[2],
    "-QL15ldu2BYuJokNWT6YRiwZQIiIpvq6Kyv-C6qslNdNiUVxo8zqLJZ1iEkNf2yZKMIrQuMCtIC1tzd2H31AxA",
  );
  assert.equal(await computed(`utils.jwt.decode("${token}", "SuperSecret").name`), "Joe Schmoe");
  assert.equal(await computed(`utils.jwt.decode("${token}", "SuperSecret", true).header.alg`), "HS512");
  await assert.rejects(computed(`utils.jwt.decode("${token}", "other")`), /signature is invalid/);
  await assert.rejects(computed(`utils.jwt.decode("${token}", "SuperSecret", false, ["RS256"])`), /not accepted/);
});

test("own header fields and hex output are honoured", async () => {
  assert.equal(
    await computed('utils.jwt.decode(utils.jwt.encode("HS256", {}, "k", { kid: "1" }), "k", true).header.kid'),
    "1",
  );
  const expected = node.createHmac("sha1", "k").update("m").digest("hex");
  assert.equal(await computed('utils.crypto.hmac("m", "k", "sha1", "hex")'), expected);
});

test("encryption and decryption belong together", async () => {
  assert.equal(
    await computed(
      'utils.crypto.decrypt("aes", utils.crypto.encrypt("aes", "hé", "0123456789abcdef"), "0123456789abcdef").text()',
    ),
    "hé",
  );
  await assert.rejects(computed('utils.crypto.encrypt("des", "a", "b")'), /only 'aes'/);
});

for (const scheme of ["pss", "pkcs1v15"]) {
  test(`an rsa signature (${scheme}) is verified, and one over other text is not`, async () => {
    const pkcs1 = { type: "pkcs1", format: "pem" };
    const { privateKey, publicKey } = node.generateKeyPairSync("rsa", {
      modulusLength: 2048,
      privateKeyEncoding: pkcs1,
      publicKeyEncoding: pkcs1,
    });
    const source = `exports = (priv, pub) => {
      const signature = utils.crypto.sign("rsa", "m", priv, "${scheme}");
      return ["m", "n"].map((text) => utils.crypto.verify("rsa", text, pub, signature, "${scheme}"));
    }`;
    assert.deepEqual(await valueOf(source, { args: [privateKey, publicKey] }), [true, false]);
  });
}

test("the module hashes as Node does", async () => {
  const expected = node.createHash("sha512").update("ab").digest("hex");
  assert.equal(
    await computed('crypto.createHash("sha512").update("a").update(Buffer.from("b")).digest("hex")'),
    expected,
  );
  const mac = node.createHmac("sha256", "k").update("6162", "hex").digest("base64");
  assert.equal(await computed('crypto.createHmac("SHA-256", "k").update("6162", "hex").digest("base64")'), mac);
  assert.deepEqual(await computed('crypto.createHash("md5").digest().length'), { $numberInt: "16" });
  await assert.rejects(computed('crypto.createHash("whirlpool")'), /not supported/);
});

test("scrypt and pbkdf2 give Node's keys, at once or called back", async () => {
  const host = asynchronous;
  const scrypt = node.scryptSync("p", "s", 32, { N: 1024 }).toString("hex");
  assert.equal(await computed('crypto.scryptSync("p", "s", 32, { N: 1024 }).toString("hex")'), scrypt);
  assert.equal(
    await computed('(await require("util").promisify(crypto.scrypt)("p", "s", 32, { N: 1024 })).toString("hex")', {
      host,
    }),
    scrypt,
  );
  const pbkdf2 = node.pbkdf2Sync("p", "s", 10, 20, "sha1").toString("hex");
  assert.equal(await computed('crypto.pbkdf2Sync("p", "s", 10, 20, "sha1").toString("hex")'), pbkdf2);
  assert.equal(
    await computed(
      'new Promise((done) => crypto.pbkdf2("p", "s", 10, 20, "sha1", (_, key) => done(key.toString("hex"))))',
      { host },
    ),
    pbkdf2,
  );
});

test("timingSafeEqual compares bytes and insists on equal lengths", async () => {
  assert.equal(await computed('crypto.timingSafeEqual(Buffer.from("a"), Buffer.from("a"))'), true);
  assert.equal(await computed('crypto.timingSafeEqual(Buffer.from("a"), Buffer.from("b"))'), false);
  await assert.rejects(computed('crypto.timingSafeEqual(Buffer.from("a"), Buffer.from("bb"))'), /same byte length/);
});

test("what there is not is refused by name", async () => {
  await assert.rejects(computed("crypto.createECDH(1)"), /crypto.createECDH is not available/);
});
