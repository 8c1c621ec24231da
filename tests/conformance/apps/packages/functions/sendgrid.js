exports = async (url) => {
  const mail = require("@sendgrid/mail");
  mail.setApiKey("SG.key");
  mail.client.setDefaultRequest("baseUrl", `${url}/`);
  const [answer] = await mail.send({ to: "bob@example.com", from: "ada@example.com", subject: "s", text: "hello" });
  return answer.statusCode;
};
