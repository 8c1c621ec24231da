exports = (payload) => `hello ${payload.query.name}`;
