/** Asked by rules. */
exports = (desk) => desk === "news";
