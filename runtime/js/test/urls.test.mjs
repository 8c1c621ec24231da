// URLs and queries, with Node itself as the measure.
import assert from "node:assert/strict";
import * as querystring from "node:querystring";
import { test } from "node:test";
import * as url from "node:url";
import { valueOf } from "./sandbox.mjs";

const computed = (expression, options) => valueOf(`exports = async () => (${expression});`, options);
const json = async (expression) => JSON.parse(await computed(`JSON.stringify(${expression})`));

const urls = [
  ["http://user:p%20w@Example.COM:80/a/./b/../c?q=a b&c='#f r"],
  ["https://a.b:8443"],
  ["../x?y#z", "http://h/a/b/c?q"],
  ["?q", "http://h/a/b?c#d"],
  ["#f", "http://h/a?b"],
  ["//other/p", "https://h/a"],
  ["/p", "https://u:p@h:1/a"],
  ["http://[2001:DB8:0:0:1::1]:80/"],
  ["http://[::ffff:1.2.3.4]/"],
  ["http://0x7f.1/"],
  ["http://256/"],
  ["http://münchen.de/ä?ö#ü"],
  ["mailto:a@b.c?d"],
  ["data:text/plain,hello world"],
  ["foo://host:99/p/../q"],
  ["foo:/a/b"],
  ["file:///a/b"],
  ["file://localhost/x"],
  ["http:\\\\h\\a\\b"],
  ["  http://h/ "],
  ["HTTP://h"],
  ["http://h/%2e%2E/a"],
  ["", "http://h/a?b#c"],
  ["http:x", "http://h/a/b"],
  ["http://"],
  ["nonsense"],
  ["http://a b/"],
  ["http://h:99999/"],
  ["http://h:x/"],
  ["http://1.2.3.4.5/"],
  ["http://[::1"],
  ["http://a%2fb/"],
];

for (const [text, base] of urls) {
  test(`URL reads ${JSON.stringify(text)}${base ? ` at ${base}` : ""} as Node does`, async () => {
    const members = [
      "href",
      "origin",
      "protocol",
      "username",
      "password",
      "host",
      "hostname",
      "port",
      "pathname",
      "search",
      "hash",
    ];
    const read = (URL) => {
      try {
        const parsed = new URL(...[text, base].filter((part) => part !== undefined));
        return members.map((member) => parsed[member]).join("\n");
      } catch (error) {
        return error.code;
      }
    };
    const source = `exports = () => { const text = ${JSON.stringify(text)}; const base = ${JSON.stringify(base)}; const members = ${JSON.stringify(members)}; return (${read})(URL); }`;
    assert.equal(await valueOf(source), read(URL));
  });
}

test("setting parts of a URL changes it as in Node", async () => {
  const change = (URL) => {
    const changed = new URL("http://h:1/a?b#c");
    Object.assign(changed, {
      protocol: "https",
      host: "o:2",
      pathname: "x y",
      search: "k=v",
      hash: "t",
      username: "u",
      password: "p:",
    });
    const seen = [changed.href];
    changed.searchParams.append("l m", "n&o");
    changed.port = "443";
    seen.push(changed.href, changed.searchParams.get("k"));
    changed.protocol = "foo";
    changed.search = "";
    seen.push(changed.href, changed.searchParams.size);
    return seen.join("\n");
  };
  assert.equal(await valueOf(`exports = () => (${change})(URL)`), change(URL));
});

test("URLSearchParams reads and writes forms as in Node", async () => {
  const work = (URLSearchParams) => {
    const params = new URLSearchParams("?a=1&b=%C3%A9+x&a=2&c");
    params.set("a", "3");
    params.delete("c");
    params.append("z", "~*'");
    params.sort();
    return [
      params.toString(),
      params.getAll("b"),
      params.has("c"),
      [...params.keys()],
      new URLSearchParams({ x: 1, y: [2] }).toString(),
      new URLSearchParams([["p", "q"]]).get("p"),
    ].join("|");
  };
  assert.equal(await valueOf(`exports = () => (${work})(URLSearchParams)`), work(URLSearchParams));
});

for (const text of ["http://u:p@Host.com:80/p/a?q=1&q=2#h", "/a/b?c=d", "http://h", "a?b"]) {
  test(`url.parse reads ${text} as Node does`, async () => {
    const names = [
      "protocol",
      "slashes",
      "auth",
      "host",
      "port",
      "hostname",
      "hash",
      "search",
      "query",
      "pathname",
      "path",
      "href",
    ];
    const parsed = url.parse(text);
    const expected = Object.fromEntries(names.map((name) => [name, parsed[name]]));
    assert.deepEqual(await json(`require("url").parse(${JSON.stringify(text)})`), expected);
  });
}

test("querystring and url.resolve do as Node does", async () => {
  assert.deepEqual(await json('require("querystring").parse("a=1&b=%20+&a=2&c")'), {
    ...querystring.parse("a=1&b=%20+&a=2&c"),
  });
  assert.equal(
    await computed('require("querystring").stringify({ a: [1, "é"], b: true, c: null })'),
    querystring.stringify({ a: [1, "é"], b: true, c: null }),
  );
  assert.equal(await computed('require("url").resolve("/one/two", "../three")'), "/three");
  assert.equal(
    await computed('require("url").format({ protocol: "https", hostname: "h", pathname: "p", query: { a: 1 } })'),
    "https://h/p?a=1",
  );
});
