// What the parts of the library share with the guest library itself, under the id `vestibule:core`.
import { askHost } from "./ask.js";
import { builtins } from "./builtins.js";
import { base64Of, bytesOf } from "./bytes.js";
import { hostCall } from "./door.js";
import { entropy } from "./entropy.js";
import { base64ToBytes, bytesToBase64 } from "./primordials.js";
import { Binary } from "bson";

/** All of it is as good as the guest's own: what crosses the door is judged by the host. */
export const core = { Binary, askHost, base64Of, base64ToBytes, builtins, bytesOf, bytesToBase64, entropy, hostCall };
