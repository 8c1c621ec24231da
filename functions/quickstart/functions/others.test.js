// The small functions of the quickstart.
describe("sum", () => {
  test.each([
    [[], 0],
    [[1, 2, 3], 6],
  ])("of %j is %d", async (numbers, total) => {
    expect(await context.functions.execute("sum", ...numbers)).toBe(total);
  });

  it("takes numbers only", async () => {
    await expect(context.functions.execute("sum", "1")).rejects.toThrow(TypeError);
  });
});

it("whoami tells the caller", async () => {
  context.user = { id: "1", data: { name: "Ada" }, identities: [{ id: "a", provider_type: "custom-function" }] };
  expect(await context.functions.execute("whoami")).toMatchObject({ id: "1", name: "Ada", providers: ["custom-function"] });
});

it("welcome greets a new user once, however often its event comes", async () => {
  const event = { user: { id: "1", data: { name: "Ada" } }, time: new Date() };
  await context.functions.execute("welcome", event);
  await context.functions.execute("welcome", event);
  const welcomes = context.services.get("mongodb-atlas").db("quickstart").collection("welcomes");
  expect(await welcomes.find().toArray()).toMatchObject([{ user_id: "1", name: "Ada" }]);
});
