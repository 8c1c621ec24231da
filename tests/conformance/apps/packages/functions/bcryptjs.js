const bcrypt = require("bcryptjs");

exports = async (known) => {
  const hash = await bcrypt.hash("secret", 4);
  const called = await new Promise((resolve, reject) => {
    bcrypt.compare("secret", hash, (error, same) => (error ? reject(error) : resolve(same)));
  });
  const sync = bcrypt.compareSync("other", bcrypt.hashSync("secret", bcrypt.genSaltSync(4)));
  const costly = await bcrypt.hash("secret", 17).catch((error) => error.message);
  const results = [await bcrypt.compare("secret", hash), await bcrypt.compare("secret", known), called, sync];
  return [...results, bcrypt.getRounds(hash), costly];
};
