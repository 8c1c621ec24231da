exports = async function (person) {
  const count = await context.functions.execute("counted", person.name);
  const key = context.values.get("key");
  const seal = utils.crypto.hmac(person.name, key, "sha256", "hex");
  console.log("welcome", person.name, "mail to", person.email, "at", Date.now(), Math.random());
  const [, host] = person.email.split("@");
  return { count, seal, host: host.length, header: "Basic " + Buffer.from(`${person.name}:${key}`).toString("base64") };
};
