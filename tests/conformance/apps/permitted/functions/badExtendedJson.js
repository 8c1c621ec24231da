/** Objects that look like Extended JSON and are none. */
exports = (which) => ({ oid: { id: { $oid: "zz" } }, date: [{ $date: "yesterday" }], long: { $numberLong: "x" } })[which];
