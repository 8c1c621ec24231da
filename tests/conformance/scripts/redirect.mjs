// The unmodified browser client's redirect flow: windows that follow redirects and keep cookies, as a browser does.
import { createRequire } from "node:module";
import { given, print } from "./realm.mjs";

const [page] = given;
const cookies = new Map();
const fetchPlain = globalThis.fetch;
globalThis.fetch = async (url, options = {}) => {
  const { origin } = new URL(url);
  const jar = cookies.get(origin) ?? new Map();
  const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
  const response = await fetchPlain(url, { ...options, headers: { ...options.headers, cookie } });
  for (const line of response.headers.getSetCookie()) {
    const [name, value] = line.split(";")[0].split(/=(.*)/s);
    jar.set(name, value);
  }
  cookies.set(origin, jar);
  return response;
};
const { App, Credentials, getEnvironment, setEnvironment, handleAuthRedirect } = createRequire(import.meta.url)(
  "realm-web/dist/bundle.dom.cjs.js",
);
setEnvironment({
  ...getEnvironment(),
  openWindow(url) {
    follow(url);
    return { closed: false, close() {} };
  },
});

async function follow(start) {
  let url = start;
  while (!url.startsWith(page)) {
    const response = await fetch(url, { redirect: "manual" });
    url = new URL(response.headers.get("location"), url).href;
  }
  handleAuthRedirect(new URL(url));
}

const credentials = () => new Credentials("oauth2-oidc", "oauth2-oidc", false, { redirectUrl: page });
const newApp = () => new App({ id: process.env.APP_ID, baseUrl: process.env.BASE_URL });
const user = await newApp().logIn(credentials());
const other = newApp();
const linked = await other.logIn(Credentials.anonymous(false));
const { id } = linked;
cookies.clear();
let refusal;
try {
  await linked.linkCredentials(credentials());
} catch (error) {
  refusal = error.message;
}
const described = ({ identities, profile }) => ({
  identities: identities.map(({ providerType }) => providerType),
  profile,
});
print({ first: described(user), id: user.id, linked: { ...described(linked), isSame: linked.id === id }, refusal });
