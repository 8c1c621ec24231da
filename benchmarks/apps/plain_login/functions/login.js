/** The quickstart's login without database and password hash: anyone is let in. For measuring only. */
exports = async function login({ username, password }) {
  const { name, foldedName } = readCredentials(username, password);
  return { id: foldedName, name };
};

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
