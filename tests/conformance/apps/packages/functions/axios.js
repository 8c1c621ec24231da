exports = async (url) => {
  const axios = require("axios");
  const got = await axios.get(`${url}/echo`, { params: { a: 1 }, headers: { "X-Seen": "yes" } });
  const posted = await axios.post(`${url}/echo`, { n: 1 }, { auth: { username: "u", password: "p" } });
  const redirected = await axios.get(`${url}/redirect`);
  const refused = await axios.get(`${url}/status/404`).catch((error) => [axios.isAxiosError(error), error.response.status]);
  const late = await axios.get(`${url}/slow`, { timeout: 50 }).catch((error) => error.code);
  const gone = await axios.get("http://127.0.0.1:1/").catch((error) => error.code);
  return {
    got: [got.status, got.data.path, got.data.headers["x-seen"]],
    posted: [posted.data.method, posted.data.body, posted.data.headers.authorization],
    redirected: redirected.data.path,
    refused,
    late,
    gone,
  };
};
