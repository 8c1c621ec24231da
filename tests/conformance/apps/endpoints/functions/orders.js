// Keeps what a sender delivers, once for each delivery id.
exports = async function ({ headers, body }, response) {
  const orders = context.services.get("mongodb-atlas").db("shop").collection("orders");
  const delivery = headers["X-Delivery"][0];
  if (await orders.findOne({ _id: delivery })) return response.setStatusCode(200);
  await orders.insertOne({ _id: delivery, order: JSON.parse(body.text()) });
  response.setStatusCode(201);
  response.setBody(JSON.stringify({ orders: await orders.count({}) }));
};
