exports = async (url) => {
  const twilio = require("twilio");
  class Local extends twilio.RequestClient {
    request(options) {
      return super.request({ ...options, uri: options.uri.replace("https://api.twilio.com", url) });
    }
  }
  const client = twilio(`AC${"0".repeat(32)}`, "token", { httpClient: new Local() });
  const message = await client.messages.create({ to: "+15550001", from: "+15550002", body: "hello" });
  const signature = twilio.validateRequest("token", "x", "https://example.com/", {});
  return [message.sid, message.body, signature];
};
