// Answers as the query asks: what most endpoints do with `response`, and what none should.
exports = async function ({ query, body }, response) {
  if (query.status) response.setStatusCode(Number(query.status));
  if (query.type) response.setHeader("Content-Type", query.type);
  if (query.cookie) {
    response.addHeader("Set-Cookie", "a=1");
    response.addHeader("Set-Cookie", "b=2");
  }
  if (query.frame) response.setHeader("Content-Length", "1");
  if (query.origin) response.setHeader("Access-Control-Allow-Origin", query.origin);
  if (query.echo) response.setBody(body);
  if (query.text) response.setBody(query.text);
  if (query.fail) throw new Error(query.fail);
  return query.value;
};
