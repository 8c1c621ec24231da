exports = async function (person) {
  console.log("person:", person);
  console.log(`mail ${person.email}, call ${person.profile.phone}`);
  console.log(JSON.stringify(person).toUpperCase());
  console.log("unknown until now: email=eve@example.org");
  const key = context.values.get("key");
  console.log(key.slice(0, 9));
  console.log(key.slice(9));
  console.log("Authorization: Basic " + Buffer.from(`user:${key}`).toString("base64"));
  const made = await context.functions.execute("remembers", person.profile);
  console.log("stored", made);
  throw new Error(`no way to reach ${person.email}`);
};
