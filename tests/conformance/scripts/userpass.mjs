// Runs steps of the email/password client, `[name, ...arguments]` each, in one client; prints every outcome.
import { Credentials, describe, given, newApp, outcomeOf, print } from "./realm.mjs";

const app = newApp();
const auth = app.emailPasswordAuth;
const STEPS = {
  register: (email, password) => auth.registerUser({ email, password }),
  confirm: (token, tokenId) => auth.confirmUser({ token, tokenId }),
  resend: (email) => auth.resendConfirmationEmail({ email }),
  retry: (email) => auth.retryCustomConfirmation({ email }),
  sendReset: (email) => auth.sendResetPasswordEmail({ email }),
  reset: (token, tokenId, password) => auth.resetPassword({ token, tokenId, password }),
  callReset: (email, password, ...rest) => auth.callResetPasswordFunction({ email, password }, ...rest),
  logIn: async (email, password) => describe(await app.logIn(Credentials.emailPassword(email, password))),
  logInAnonymously: async () => describe(await app.logIn(Credentials.anonymous())),
  logInByFunction: async (id, name) => describe(await app.logIn(Credentials.function({ id, name }))),
  link: async (email, password) => {
    await app.currentUser.linkCredentials(Credentials.emailPassword(email, password));
    return describe(app.currentUser);
  },
  linkFunction: async (id, name) => {
    await app.currentUser.linkCredentials(Credentials.function({ id, name }));
    return describe(app.currentUser);
  },
  call: (name, ...args) => app.currentUser.callFunction(name, ...args),
  refresh: async () => {
    await app.currentUser.refreshAccessToken();
    return true;
  },
};

const [steps] = given;
const outcomes = [];
for (const [name, ...args] of steps) {
  outcomes.push(await outcomeOf(STEPS[name](...args)));
}
print(outcomes);
