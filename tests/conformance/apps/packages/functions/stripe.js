exports = async (host, port) => {
  const Stripe = require("stripe");
  const stripe = new Stripe("sk_test", { host, port, protocol: "http" });
  const customer = await stripe.customers.create({ email: "ada@example.com", metadata: { plan: "a" } });
  const payload = JSON.stringify({ id: "evt_1", object: "event", type: "charge.failed" });
  const header = stripe.webhooks.generateTestHeaderString({ payload, secret: "whsec" });
  const event = stripe.webhooks.constructEvent(payload, header, "whsec");
  return [customer.id, customer.email, event.type];
};
