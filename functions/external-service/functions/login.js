/**
 * Logs in with {username, password} as another HTTP service judges them: it answers
 * 200 with {id, name?} for good credentials, 401 or 403 for bad ones.
 */
exports = async function login({ username, password }) {
  if (typeof username !== "string" || typeof password !== "string") {
    throw new Error("username and password are required, both text");
  }
  const response = await ask({ username, password });
  if (response.statusCode === 401 || response.statusCode === 403) {
    throw new Error("wrong username or password");
  }
  if (response.statusCode !== 200) {
    throw unavailable(`it answered ${response.status}`);
  }
  return readAccount(response);
};

async function ask(credentials) {
  try {
    return await context.http.post({
      url: context.values.get("authServiceUrl"),
      headers: { Accept: ["application/json"] },
      body: credentials,
      encodeBodyAsJSON: true,
    });
  } catch (error) {
    throw unavailable(error.message);
  }
}

function readAccount(response) {
  let account;
  try {
    account = JSON.parse(response.body.text());
  } catch {
    throw unavailable("its answer is not JSON");
  }
  const id = account?.id;
  if (typeof id !== "string" || id === "") {
    throw unavailable("its answer has no id");
  }
  return typeof account.name === "string" ? { id, name: account.name } : { id };
}

/** The reason is for the log; a client only learns that it may try again. */
function unavailable(reason) {
  console.error(`the authentication service failed: ${reason}`);
  return new Error("the authentication service is not available");
}
