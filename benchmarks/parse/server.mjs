// parse-server on PostgreSQL: `node server.mjs <database URI>`. Its adapter believes everybody, as our function does.
import { randomBytes } from "node:crypto";
import express from "express";
import { ParseServer } from "parse-server";

const believer = {
  validateAppId: async () => {},
  validateAuthData: async () => {},
};

const parse = new ParseServer({
  databaseURI: process.argv[2],
  appId: "benchmark",
  masterKey: randomBytes(16).toString("hex"),
  serverURL: "http://127.0.0.1/parse",
  auth: { believer },
  silent: true,
});
await parse.start();
const application = express().use("/parse", parse.app);
const listener = application.listen(0, "127.0.0.1", () => {
  process.stdout.write(`serving parse-server at http://127.0.0.1:${listener.address().port}\n`);
});
