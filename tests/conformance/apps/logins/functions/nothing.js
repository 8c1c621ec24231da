/** Returns nothing. */
exports = function nothing() {};
