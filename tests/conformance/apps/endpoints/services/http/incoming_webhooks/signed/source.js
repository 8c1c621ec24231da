exports = function (payload, response) {
  response.setStatusCode(202);
  response.setBody(payload.body.text().toUpperCase());
};
