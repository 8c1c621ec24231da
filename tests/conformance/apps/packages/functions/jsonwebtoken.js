const jwt = require("jsonwebtoken");

exports = (privateKey, publicKey) => {
  const signed = jwt.sign({ sub: "ada" }, privateKey, { algorithm: "RS256", expiresIn: "1h", issuer: "me" });
  const { sub, iss } = jwt.verify(signed, publicKey, { algorithms: ["RS256"], issuer: "me" });
  const failures = [
    () => jwt.verify(`${signed.slice(0, -6)}AAAAAA`, publicKey),
    () => jwt.verify(jwt.sign({ exp: 1 }, "secret"), "secret"),
    () => jwt.verify(signed, publicKey, { algorithms: ["HS256"] }),
  ];
  const names = failures.map((work) => {
    try {
      return work();
    } catch (error) {
      return `${error.name}: ${error.message}`;
    }
  });
  return [sub, iss, jwt.decode(jwt.sign("text", "secret")), ...names];
};
