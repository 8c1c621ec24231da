// Everything a function finds without asking for it.
import "./entropy.js";
import "./encoding.js";
import { BSON } from "./bson-types.js";
import { console } from "./console.js";
import { EJSON } from "./ejson.js";
import { defineGlobal } from "./primordials.js";
import { require } from "./require.js";

defineGlobal("BSON", BSON);
defineGlobal("EJSON", EJSON);
defineGlobal("console", console);
defineGlobal("require", require);
