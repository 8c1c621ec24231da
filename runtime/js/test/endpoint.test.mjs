// An endpoint's function: its request, the response it fills in, and what becomes of nonsense.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Sandbox } from "./sandbox.mjs";

const request = { query: { a: "1" }, headers: { "X-A": ["b"] } };

async function answer(source, given = request) {
  const sandbox = await Sandbox.open({ main: source });
  const { done } = sandbox.start("main", [given], {}, undefined, "endpoint");
  if (done.error) throw new Error(done.error.message);
  return done.value;
}

test("the request has query, headers and a body only where there is one", async () => {
  const source = "exports = ({ query, headers, body }) => [query.a, headers['X-A'], body === undefined]";
  assert.deepEqual((await answer(source)).returned, ["1", ["b"], true]);
  const body = { $binary: { base64: "/wD+", subType: "00" } };
  assert.deepEqual((await answer("exports = ({ body }) => body.toHex()", { ...request, body })).returned, "ff00fe");
});

test("what is set on the response is handed over beside the value", async () => {
  const source = `exports = async (_, response) => {
    response.addHeader("X-Many", "1");
    response.addHeader("x-many", "2");
    response.setHeader("X-One", "1");
    response.setHeader("x-one", "2");
    response.setStatusCode(201);
    response.setBody("text");
    return { a: Promise.resolve("b") };
  }`;
  assert.deepEqual(await answer(source), {
    response: {
      status: { $numberInt: "201" },
      headers: [
        ["X-Many", "1"],
        ["x-many", "2"],
        ["x-one", "2"],
      ],
      body: "text",
    },
    returned: { a: "b" },
  });
});

test("a response that nothing was set on is empty, and so is a function's value", async () => {
  assert.deepEqual(await answer("exports = () => {}"), {
    response: { status: null, headers: [], body: null },
    returned: { $undefined: true },
  });
});

test("a body may be bytes", async () => {
  for (const body of ["BSON.Binary.fromHex('ff00')", "Buffer.from([255, 0])", "new Uint8Array([255, 0])"]) {
    const { response } = await answer(`exports = (_, response) => { response.setBody(${body}); }`);
    assert.deepEqual(response.body, { $binary: { base64: "/wA=", subType: "00" } });
  }
});

test("what cannot be answered is an error of the function", async () => {
  const wrong = {
    "setStatusCode(99)": /from 200 to 599/,
    "setStatusCode('x')": /from 200 to 599/,
    "setBody({ a: 1 })": /takes a string or BSON.Binary/,
    "setHeader('a b', '1')": /not a valid name/,
    "addHeader('A', 'b\\r\\nC: d')": /line break/,
  };
  for (const [call, message] of Object.entries(wrong)) {
    await assert.rejects(answer(`exports = (_, response) => { response.${call}; }`), message, call);
  }
});
