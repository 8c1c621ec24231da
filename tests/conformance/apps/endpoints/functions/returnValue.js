// Returns one value of each kind that the two formats write differently.
exports = () => ({
  id: new BSON.ObjectId("0123456789abcdef01234567"),
  when: new Date(1680808885751),
  count: 42,
  large: BSON.Long.fromString("9007199254740993"),
  price: BSON.Decimal128.fromString("9.99"),
  bytes: BSON.Binary.fromHex("ff00"),
  nothing: null,
  left: undefined,
});
