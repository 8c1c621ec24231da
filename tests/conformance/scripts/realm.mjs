// What the scripts share: the app under test, outcomes as plain data, and one JSON value printed at the end.
import Realm from "realm-web";

export const { App, BSON, Credentials } = Realm;

/** The script's arguments. */
export const given = process.argv.slice(2).map((text) => JSON.parse(text));

/** A client that knows nothing yet. */
export function newApp() {
  return new App({ id: process.env.APP_ID, baseUrl: process.env.BASE_URL });
}

/** A user of a client of their own, logged in by the app's function. */
export function logIn(payload) {
  return newApp().logIn(Credentials.function(payload));
}

/** What a promise came to: `{value}`, or `{error}` with all that an application can read of it. */
export async function outcomeOf(promise) {
  try {
    const value = await promise;
    return { value: value === undefined ? "(undefined)" : value };
  } catch (error) {
    const { message, method, url, statusCode, errorCode, link } = error;
    const type = error.constructor.name;
    return { error: { type, message, method, url, statusCode, error: error.error, errorCode, link } };
  }
}

/** A user as plain data. */
export function describe(user) {
  const { id, state, providerType, profile, customData, identities, deviceId } = user;
  return { id, state, providerType, profile, customData, identities, deviceId };
}

/** Asks until the answer is the one hoped for; the test's own time limit ends it. */
export async function until(ask, isHopedFor) {
  for (;;) {
    const answer = await ask();
    if (isHopedFor(answer)) {
      return answer;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The script's result. */
export function print(value) {
  process.stdout.write(JSON.stringify(value));
}
