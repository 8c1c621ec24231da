// A real OpenID provider on loopback: whoever comes is logged in as the `login_hint`, or as `somebody`; or, if it asks,
// as whom they say in its form.
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import Provider from "oidc-provider";

const [clientId, clientSecret, callback, manner] = process.argv.slice(2);
const server = createServer((request, response) => handle(request, response));
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;
console.warn = () => {};
console.info = () => {};

const provider = new Provider(issuer, {
  clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: [callback] }],
  clientAuthMethods: ["client_secret_post", "client_secret_basic"],
  clientDefaults: { token_endpoint_auth_method: "client_secret_post" },
  pkce: { required: () => true },
  conformIdTokenClaims: false,
  claims: { openid: ["sub"], profile: ["name"], email: ["email", "email_verified"] },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_context, id) => ({
    accountId: id,
    claims: () => ({ sub: id, name: `Name of ${id}`, email: `${id}@example.org`, email_verified: true }),
  }),
  async loadExistingGrant(context) {
    const grant = new context.oidc.provider.Grant({
      clientId: context.oidc.client.clientId,
      accountId: context.oidc.session.accountId,
    });
    grant.addOIDCScope("openid profile email");
    await grant.save();
    return grant;
  },
});

// As for native apps (RFC 8252, 7.3), any port of the loopback address is good: the server's is known last.
const { redirectUriAllowed } = provider.Client.prototype;
provider.Client.prototype.redirectUriAllowed = function isAllowed(uri) {
  return redirectUriAllowed.call(this, uri) || new URL(uri).hostname === "127.0.0.1";
};

const FORM = `<!doctype html><title>Who are you?</title>
<form method="post">
  <label>Name <input name="name"></label>
  <button name="answer" value="yes">Continue</button>
  <button name="answer" value="no">Cancel</button>
</form>`;

async function handle(request, response) {
  if (request.url.startsWith("/interaction/")) {
    const result = manner === "asks" ? await said(request) : await hinted(request, response);
    if (result) {
      await provider.interactionFinished(request, response, result);
    } else {
      response.setHeader("Content-Type", "text/html").end(FORM);
    }
    return;
  }
  provider.callback()(request, response);
}

async function hinted(request, response) {
  const { params } = await provider.interactionDetails(request, response);
  return { login: { accountId: params.login_hint ?? "somebody" } };
}

async function said(request) {
  if (request.method !== "POST") {
    return undefined;
  }
  const form = new URLSearchParams(await text(request));
  return form.get("answer") === "yes" ? { login: { accountId: form.get("name") } } : { error: "access_denied" };
}

process.stdout.write(`${issuer}\n`);
