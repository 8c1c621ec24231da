exports = async (url) => {
  const form = new FormData();
  form.append("a", "1");
  form.append("file", new Blob(["content"], { type: "text/plain" }), "f.txt");
  const answer = await fetch(new Request(`${url}/echo`, { method: "POST", body: form }));
  const { body, headers } = await answer.json();
  const aborted = await fetch(`${url}/slow`, { signal: AbortSignal.timeout(50) }).catch((error) => error.name);
  const manual = await fetch(`${url}/redirect`, { redirect: "manual" });
  return [
    answer.headers.get("content-type"),
    headers["content-type"].split(";")[0],
    body.includes('name="file"; filename="f.txt"') && body.includes("content"),
    aborted,
    manual.status,
    (await fetch(`${url}/redirect`)).url === `${url}/redirect`,
  ];
};
