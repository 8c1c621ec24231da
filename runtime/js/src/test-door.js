// What the library's test runner shares with the guest library, under the id `vestibule:tests`.
import { makeService } from "./context.js";
import { askOutside, hostCall, intercept } from "./door.js";
import { describeThrown } from "./errors.js";
import { callFunction, evaluateFunction } from "./functions.js";
import { HttpClient } from "./http.js";
import { format, inspect } from "./inspect.js";
import { defineGlobal } from "./primordials.js";
import { Binary } from "bson";

/** Only images that tests run in link to it. */
export const testDoor = {
  Binary,
  HttpClient,
  askOutside,
  callFunction,
  defineGlobal,
  describeThrown,
  evaluateFunction,
  format,
  hostCall,
  inspect,
  intercept,
  makeService,
};
