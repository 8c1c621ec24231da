// A rehearsal while the library loads: what the engine makes on first use is then in the image, not in every call.
import { makeContext } from "./context.js";
import { decode } from "./decode.js";
import { takeCalls } from "./door.js";
import { encode } from "./encode.js";
import { describeThrown } from "./errors.js";
import { parseJson } from "./primordials.js";
import { reseed } from "./random.js";
import { RESULT } from "./styles.js";

const SEED = "00000000000000000000000000000000";
const SAMPLE = `{"services":{"s":"mongodb-atlas"},"user":{"id":{"$oid":"${SEED.slice(0, 24)}"},"data":{"n":{"$numberInt":"1"}},
  "list":[{"$date":{"$numberLong":"0"}},{"$numberDouble":"0.5"},{"$binary":{"base64":"","subType":"00"}},true,null]}}`;

/** Uses what nearly every call uses, without a promise: the job queue of an image must be empty. */
export function warmUp() {
  reseed(SEED);
  const { services, user } = makeContext(parseJson(SAMPLE));
  services.get("s").db("d").collection("c").find({}).sort({}).limit(1);
  encode(decode(parseJson(encode(user, RESULT))), RESULT);
  describeThrown(new TypeError("m"));
  takeCalls();
}
