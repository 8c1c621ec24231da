// Addresses within the console: `#/apps/ID/users`, and which view each of them shows.

import { appsView } from "./apps.js";
import { deadEventView } from "./dead_event.js";
import { deploymentView } from "./deployment.js";
import { deploymentsView } from "./deployments.js";
import { functionView } from "./function.js";
import { functionsView } from "./functions.js";
import { logsView } from "./logs.js";
import { overviewView } from "./overview.js";
import { triggersView } from "./triggers.js";
import { userView } from "./user.js";
import { usersView } from "./users.js";

/** Parts of an address that begin with a colon stand for anything. */
const ROUTES = [
  ["", appsView],
  ["apps/:app", overviewView],
  ["apps/:app/functions", functionsView],
  ["apps/:app/functions/:id", functionView],
  ["apps/:app/logs", logsView],
  ["apps/:app/deployments", deploymentsView],
  ["apps/:app/deployments/:id", deploymentView],
  ["apps/:app/users", usersView],
  ["apps/:app/users/:id", userView],
  ["apps/:app/triggers", triggersView],
  ["apps/:app/triggers/dead/:id", deadEventView],
];

/** The sections of an app: address below it, name, and the power that they need. */
export const SECTIONS = [
  ["", "Overview", "read"],
  ["/functions", "Functions", "read"],
  ["/deployments", "Deployments", "read"],
  ["/users", "Users", "manage users"],
  ["/triggers", "Triggers", "read"],
  ["/logs", "Logs", "read logs"],
];

/** What an address asks for: view, parameters, query; null where there is no such place. */
export function match(hash) {
  const [path, query = ""] = hash.replace(/^#\/?/, "").split("?");
  const given = path.split("/");
  for (const [pattern, view] of ROUTES) {
    const params = matched(pattern.split("/"), given);
    if (params) {
      return { view, params, query: new URLSearchParams(query), path };
    }
  }
  return null;
}

function matched(pattern, given) {
  if (pattern.length !== given.length) {
    return null;
  }
  const params = {};
  for (const [index, part] of pattern.entries()) {
    if (part.startsWith(":") && given[index]) {
      params[part.slice(1)] = decoded(given[index]);
    } else if (part !== given[index]) {
      return null;
    }
  }
  return params;
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The address of a place, its parts escaped: `address("apps", id, "users")`. */
export function address(...parts) {
  return `#/${parts.map(encodeURIComponent).join("/")}`;
}
