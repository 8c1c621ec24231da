/** Fails in the way it is told to. */
exports = async function fail(how, given) {
  switch (how) {
    case "error":
      throw new Error(given);
    case "text":
      throw given;
    case "reject":
      return Promise.reject(new RangeError(given));
    case "reference":
      return unknown;
    case "member":
      return given.post.comments;
    default:
      throw new Error("unknown way");
  }
};
