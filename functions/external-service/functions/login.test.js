// Run by `vestibule test functions/external-service`: the other service is never asked.
const ada = { username: "ada", password: "correct horse" };
const logIn = (credentials = ada) => context.functions.execute("login", credentials);
const service = () => http.on("POST", context.values.get("authServiceUrl"));

it("sends the credentials, and takes the id of the answer", async () => {
  service().reply(200, { id: "7", name: "Ada", more: true });
  expect(await logIn()).toEqual({ id: "7", name: "Ada" });
  expect(http.requests[0].json()).toEqual(ada);
});

test.each([401, 403])("a %d refuses the credentials", async (status) => {
  service().reply(status, {});
  await expect(logIn()).rejects.toThrow("wrong username or password");
});

it("tells the client nothing of why the service failed", async () => {
  service().fail("connection refused");
  await expect(logIn()).rejects.toThrow(/^the authentication service is not available$/);
});

it("asks nobody where there is no password", async () => {
  await expect(logIn({ username: "ada" })).rejects.toThrow("username and password are required");
  expect(http.requests).toEqual([]);
});
