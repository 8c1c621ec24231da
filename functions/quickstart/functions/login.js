/**
 * Logs in with {username, password}; {..., register: true} opens the account first.
 * Unknown names and wrong passwords answer alike, in the same time.
 */
exports = async function login({ username, password, register }) {
  const credentials = readCredentials(username, password);
  const accounts = context.services.get("mongodb-atlas").db("quickstart").collection("accounts");
  const find = register === true ? openAccount : checkAccount;
  const account = await find(accounts, credentials);
  return { id: account.external_id, name: account.name };
};

// OWASP's scrypt parameters for 16 MiB of memory. Each account keeps those it was made with.
const COST = { N: 16384, r: 8, p: 5 };
const KEY_LENGTH = 32;
const DUPLICATE_KEY = 11000;

// Stands in for the account of an unknown name, so that it costs a whole derivation, too.
const NOBODY = { password: { ...COST, salt: "A".repeat(24), key: "A".repeat(43) + "=" } };

function readCredentials(username, password) {
  const { minimum, maximum } = context.values.get("passwordLength");
  if (typeof username !== "string" || typeof password !== "string") {
    throw new Error("username and password are required, both text");
  }
  const name = username.normalize("NFKC").trim();
  if (!/^[\p{L}\p{N}][\p{L}\p{N}._@+-]{2,63}$/u.test(name)) {
    throw new Error("a username has 3 to 64 letters, digits or . _ @ + -");
  }
  if (password.length < minimum || password.length > maximum) {
    throw new Error(`a password has ${minimum} to ${maximum} characters`);
  }
  return { name, foldedName: name.toLowerCase(), password: password.normalize("NFKC") };
}

async function openAccount(accounts, { name, foldedName, password }) {
  const { randomBytes } = require("crypto");
  const salt = randomBytes(16);
  const key = await deriveKey(password, salt, COST);
  const account = {
    _id: foldedName, // unique by nature: of two registrations at once, one fails
    external_id: new BSON.ObjectId().toString(), // never the name, which a later account may have again
    name,
    password: { ...COST, salt: salt.toString("base64"), key: key.toString("base64") },
    created_at: new Date(),
  };
  try {
    await accounts.insertOne(account);
  } catch (error) {
    throw error.code === DUPLICATE_KEY || /duplicate key/i.test(error.message) ? new Error("username is taken") : error;
  }
  return account;
}

async function checkAccount(accounts, { foldedName, password }) {
  const { timingSafeEqual } = require("crypto");
  const account = await accounts.findOne({ _id: foldedName });
  const { salt, key, N, r, p } = (account ?? NOBODY).password;
  const derived = await deriveKey(password, Buffer.from(salt, "base64"), { N, r, p });
  const matches = timingSafeEqual(derived, Buffer.from(key, "base64"));
  if (!account || !matches) {
    throw new Error("wrong username or password");
  }
  return account;
}

function deriveKey(password, salt, cost) {
  const { scrypt } = require("crypto");
  return new Promise((resolve, reject) => {
    scrypt(password, salt, KEY_LENGTH, cost, (error, key) => (error ? reject(error) : resolve(key)));
  });
}
