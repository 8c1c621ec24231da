const argon2 = require("argon2");
const bcrypt = require("bcrypt");

exports = async (known) => {
  const hash = await argon2.hash("secret", { memoryCost: 1024, timeCost: 2, parallelism: 1 });
  const [same, other] = [await argon2.verify(hash, "secret"), await argon2.verify(hash, "other")];
  return [same, other, await argon2.verify(known, "secret"), argon2.needsRehash(hash), await bcrypt.compare("a", await bcrypt.hash("a", 4))];
};
