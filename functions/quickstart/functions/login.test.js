// Run by `vestibule test functions/quickstart`; each test has a sandbox and documents of its own.
describe("login", () => {
  const ada = { username: "Ada", password: "correct horse" };
  const logIn = (credentials) => context.functions.execute("login", credentials);

  it("opens an account, and knows it again by any spelling of its name", async () => {
    const opened = await logIn({ ...ada, register: true });
    expect(opened).toEqual({ id: expect.stringMatching(/^[0-9a-f]{24}$/), name: "Ada" });
    expect(await logIn({ ...ada, username: "ADA" })).toEqual(opened);
  });

  it("answers alike for a wrong password and an unknown name", async () => {
    await logIn({ ...ada, register: true });
    await expect(logIn({ ...ada, password: "wrong horse" })).rejects.toThrow("wrong username or password");
    await expect(logIn({ ...ada, username: "Grace" })).rejects.toThrow("wrong username or password");
  });

  it("opens no account twice", async () => {
    await logIn({ ...ada, register: true });
    await expect(logIn({ ...ada, register: true })).rejects.toThrow("username is taken");
  });

  it("takes passwords as long as the app's value says", async () => {
    context.values.set("passwordLength", { minimum: 20, maximum: 40 });
    await expect(logIn({ ...ada, register: true })).rejects.toThrow("a password has 20 to 40 characters");
  });

  it("keeps no password as it is", async () => {
    await logIn({ ...ada, register: true });
    const accounts = context.services.get("mongodb-atlas").db("quickstart").collection("accounts");
    expect(EJSON.stringify(await accounts.findOne({ _id: "ada" }))).not.toContain(ada.password);
  });
});
