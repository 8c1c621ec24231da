// Tells when streams have begun; to be imported before the client, which takes `fetch` as it then is.
const { fetch } = globalThis;
let answered = 0;

globalThis.fetch = async (...request) => {
  const response = await fetch(...request);
  if (String(request[0]).includes("baas_request=")) answered += 1;
  return response;
};

/** Resolves once so many streams have been answered. */
export async function begun(count) {
  while (answered < count) await new Promise((resolve) => setTimeout(resolve, 5));
}
