exports = async (port) => {
  const nodemailer = require("nodemailer");
  const transport = nodemailer.createTransport({
    host: "127.0.0.1",
    port,
    secure: false,
    requireTLS: true,
    tls: { rejectUnauthorized: false },
    auth: { user: "ada", pass: "secret" },
  });
  const sent = await transport.sendMail({
    from: "ada@example.com",
    to: "bob@example.com",
    subject: "Grüße",
    text: "hello",
    html: "<b>hello</b>",
    attachments: [{ filename: "a.txt", content: "attached" }],
  });
  transport.close();
  return [sent.accepted, sent.rejected];
};
