exports = async (url) => {
  const fetch = require("node-fetch");
  const answer = await fetch(`${url}/echo`, { method: "POST", body: "text", headers: { "X-Seen": "yes" } });
  const { method, body, headers } = await answer.json();
  return [answer.ok, method, body, headers["x-seen"], (await fetch(`${url}/status/500`)).status];
};
