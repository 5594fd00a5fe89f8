import { describe, expect, test } from "vitest";
import type { Answer } from "../../src/facts/index.ts";
import { keepable, withoutSecrets } from "../../src/collect/redaction.ts";

const answer = (text: string, media_type = "application/json"): Answer => ({
  status: 200,
  media_type,
  body: Buffer.from(text),
});

const kept = async (text: string, pointers: string[] = [], type?: string): Promise<unknown> => {
  const { body, ...rest } = await keepable(answer(text, type), pointers);
  return { ...("text" in body ? { text: body.text } : body), ...rest };
};

// Put together, so that no scanner takes these examples for credentials.
const glued = (...parts: string[]): string => parts.join("");
const GITHUB = glued("ghp_", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8");
const ROOT_TOKEN = glued("hvs.", "F0ct8QZ3nVxK2pLm7RsT9uWy");
const LEGACY_TOKEN = glued("s.", "F0ct8QZ3nVxK2pLm7RsT9uWy");
const PRIVATE_KEY = glued(
  "-----BEGIN EC PRIVATE ",
  "KEY-----\nMHcCAQEEIA==\n-----END EC PRIVATE ",
  "KEY-----",
);
const POSTGRES = glued("postgresql://app:", "s3cr3tpw99", "@db.example.org:5432/shop");

describe("an answer without anything to hide", () => {
  test.each([
    ["keeps its bytes, white space and all", '{ "b": 1,\n "a": 12345678901234567890 }'],
    [
      "keeps templates of credentials",
      '{"connection_url":"postgresql://{{username}}:{{password}}@db.example.org/x","password":"{{password}}"}',
    ],
    [
      "keeps what only looks a little like one",
      '{"accessor":"q1b8vB7uJ0s3m5kK","fingerprint":"SHA256:xyz","password_policy":"strong","aws_account_id":"111122223333"}',
    ],
    [
      "keeps public certificates",
      '{"certificate":"-----BEGIN CERTIFICATE-----\\nMIIB\\n-----END CERTIFICATE-----"}',
    ],
    ["keeps what switches other scanners off", '{"note":"secretlint-disable-line"}'],
    ["keeps an empty body", ""],
  ])("%s", async (_name, text) => {
    expect(await kept(text)).toEqual({ text, redactions: [] });
  });
});

describe("what the connector points at", () => {
  test("is replaced wherever it stands, numbers keep their digits", async () => {
    expect(
      await kept('{"auth":{"client_token":"x","n":12345678901234567890},"a/b":{"c~d":[1.0,{"k":"v"}]}}', [
        "/auth/client_token",
        "/a~1b/c~0d/1",
        "/not/there",
      ]),
    ).toEqual({
      text: '{"auth":{"client_token":"[redacted]","n":12345678901234567890},"a/b":{"c~d":[1.0,"[redacted]"]}}',
      redactions: [
        { pointer: "/auth/client_token", rule: "connector" },
        { pointer: "/a~1b/c~0d/1", rule: "connector" },
      ],
    });
  });

  test("is replaced in every entry of a list, and every member of an object", async () => {
    expect(
      await kept('{"list":[{"a":"x","b":"y"},{"b":"z"},{"a":""},"a"],"o":{"p":{"a":1},"*":{"a":2}}}', [
        "/list/*/a",
        "/o/*/a",
        "/*/none",
      ]),
    ).toEqual({
      text: '{"list":[{"a":"[redacted]","b":"y"},{"b":"z"},{"a":""},"a"],"o":{"p":{"a":"[redacted]"},"*":{"a":"[redacted]"}}}',
      redactions: [
        { pointer: "/list/0/a", rule: "connector" },
        { pointer: "/o/p/a", rule: "connector" },
        { pointer: "/o/*/a", rule: "connector" },
      ],
    });
  });

  test.each([
    ["HTML", "<html>token hvs.abc</html>", "text/html"],
    ["truncated JSON", '{"auth":{"client_token":"abc', "application/json"],
  ])("in %s nobody can find, so nothing is kept", async (_name, text, type) => {
    expect(await kept(text, ["/auth/client_token"], type)).toMatchObject({
      text: "",
      redactions: [{ pointer: "", rule: "unreadable-body" }],
      malformed: "expected JSON, got something that does not parse",
    });
  });

  test("in bytes that are no text likewise", async () => {
    const bytes = {
      status: 200,
      media_type: "application/pkix-crl",
      body: Uint8Array.from([0x30, 0x82, 0xff]),
    };
    expect(await keepable(bytes, ["/x"])).toMatchObject({ body: { text: "" } });
    expect(await keepable(bytes, [])).toEqual({ body: { base64: "MIL/" }, redactions: [] });
  });
});

describe("a credential pasted where it does not belong", () => {
  test.each([
    [
      "a token in custom metadata",
      { custom_metadata: { note: `use ${GITHUB} for now` } },
      "/custom_metadata/note",
      "github",
      "use [redacted:github] for now",
    ],
    ["a Vault root token", { note: ROOT_TOKEN }, "/note", "vault-token", "[redacted:vault-token]"],
    [
      "a Vault token of the old form",
      { note: `old: ${LEGACY_TOKEN}` },
      "/note",
      "legacy-vault-token",
      "old: [redacted:legacy-vault-token]",
    ],
    [
      "a private key in a policy text",
      { policy: `# ${PRIVATE_KEY}\npath "a" {}` },
      "/policy",
      "private-key",
      '# [redacted:private-key]\npath "a" {}',
    ],
    [
      "a password under that name",
      { custom_metadata: { "DB Password": "Somme" + "r2026" } },
      "/custom_metadata/DB Password",
      "named-credential",
      "[redacted:named-credential]",
    ],
    [
      "a connection string in a list",
      { urls: ["x", POSTGRES] },
      "/urls/1",
      "url-credential",
      "postgresql://[redacted:url-credential]@db.example.org:5432/shop",
    ],
  ])("%s is replaced", async (_name, value, pointer, rule, left) => {
    const result = await keepable(answer(JSON.stringify(value)), []);
    expect(result.redactions).toEqual([{ pointer, rule }]);
    const text = "text" in result.body ? result.body.text : "";
    let at: unknown = JSON.parse(text);
    for (const segment of pointer.split("/").slice(1)) at = (at as Record<string, unknown>)[segment];
    expect(at).toBe(left);
  });

  test("as a key is replaced, and two such keys stay two", async () => {
    const other = GITHUB.replace("a1", "z9");
    expect(await kept(JSON.stringify({ keys: { [GITHUB]: {}, [other]: { deep: GITHUB } } }))).toEqual({
      text: '{"keys":{"[redacted:github]":{},"[redacted:github]~":{"deep":"[redacted:github]"}}}',
      redactions: [
        { pointer: "/keys/[redacted:github]", rule: "github" },
        { pointer: "/keys/[redacted:github]~0", rule: "github" },
        { pointer: "/keys/[redacted:github]~0/deep", rule: "github" },
      ],
    });
  });

  test("is found behind escapes and beside a comment that would switch a linter off", async () => {
    const escaped = JSON.stringify({ note: `secretlint-disable ${GITHUB}` }).replace("ghp_", "\\u0067hp_");
    expect(await kept(escaped)).toMatchObject({ redactions: [{ pointer: "/note", rule: "github" }] });
  });

  test("is found in plain text and in the sentence of a failure", async () => {
    expect(await kept(`<p>${ROOT_TOKEN}</p>`, [], "text/html")).toEqual({
      text: "<p>[redacted:vault-token]</p>",
      redactions: [{ pointer: "", rule: "vault-token" }],
    });
    expect(await withoutSecrets(`got ${ROOT_TOKEN}`, 1024)).toBe("got [redacted:vault-token]");
    expect(await withoutSecrets("x".repeat(2000), 10)).toBe(`${"x".repeat(9)}…`);
  });
});

/** What is left of one text. */
const left = async (text: string): Promise<string> => {
  const result = await keepable(answer(JSON.stringify({ note: text })), []);
  return (JSON.parse("text" in result.body ? result.body.text : "") as { note: string }).note;
};

describe("where the connector says that an identifier stands", () => {
  const keptAt = async (value: object): Promise<unknown> => {
    const { body, redactions } = await keepable(answer(JSON.stringify(value)), [], ["/ids/*/token"]);
    return { value: "text" in body ? (JSON.parse(body.text) as unknown) : body, redactions };
  };

  test("what is named like a credential stays", async () => {
    const value = { ids: [{ token: "AIDAEXAMPLE" }] };
    expect(await keptAt(value)).toEqual({ value, redactions: [] });
  });

  test("another credential in the very same text is taken out", async () => {
    const kept = await keptAt({ ids: [{ token: `AIDAEXAMPLE ${GITHUB}` }] });
    expect(JSON.stringify(kept)).not.toContain(GITHUB);
    expect(kept).toMatchObject({ redactions: [{ pointer: "/ids/0/token", rule: "github" }] });
  });
});

describe("a private key takes nothing away that stands beside it", () => {
  const BEGIN = glued("-----BEGIN PRIVATE ", "KEY-----");
  const END = glued("-----END PRIVATE ", "KEY-----");
  const LINE = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj";
  const RULES =
    'path "secret/*" {\n  capabilities = ["read", "sudo"]\n}\npath\n"sys/*" { capabilities = ["sudo"] }\n';
  const MASK = "[redacted:private-key]";
  test.each([
    ["without its end", `# ${BEGIN}\n${RULES}`, `# ${MASK}\n${RULES}`],
    ["on the line of a rule", `/* ${BEGIN} */ ${RULES}`, `/* ${MASK} */ ${RULES}`],
    [
      "with some of its material",
      `# ${BEGIN}\n# ${LINE}\n# ${LINE}\n# dGVzdA==\n${RULES}`,
      `# ${MASK}\n${RULES}`,
    ],
    [
      "with headers",
      `${BEGIN}\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0F1E\n\n${LINE}\n${RULES}`,
      `${MASK}\n${RULES}`,
    ],
    ["with escaped breaks", `# ${BEGIN}\\n${LINE}\\n${LINE} ${RULES}`, `# ${MASK} ${RULES}`],
    ["with rules before its end", `# ${BEGIN}\n${RULES}# ${END}\n`, `# ${MASK}\n${RULES}# ${END}\n`],
    ["with its end", `# ${BEGIN}\n# ${LINE}\n# dGVzdA==\n# ${END}\n${RULES}`, `# ${MASK}\n${RULES}`],
    [
      "with headers and its end",
      `${BEGIN}\nProc-Type: 4,ENCRYPTED\n\n${LINE}\n${END}\n${RULES}`,
      `${MASK}\n${RULES}`,
    ],
    [
      "in one line of JSON",
      `{"#":"${BEGIN}","path":{"a":{"capabilities":["read"]}}}`,
      `{"#":"${MASK}","path":{"a":{"capabilities":["read"]}}}`,
    ],
  ])("%s", async (_name, text, expected) => {
    expect(await left(text)).toBe(expected);
  });

  test("nor in the values between its marks", async () => {
    const body = { a: BEGIN, b: 'path "x" {}', c: LINE, d: END };
    expect(await kept(JSON.stringify(body))).toMatchObject({ text: JSON.stringify({ ...body, a: MASK }) });
  });
});

test("no hit takes away the rest of a policy that is one line", async () => {
  const rest = '","path":{"secret/*":{"capabilities":["sudo"]}}}';
  for (const pasted of [
    glued("_auth", "Token=abcdef0123456789abcdef"),
    glued("postgres://app:", "Sommer2026@db/shop?sslmode=off"),
    glued("https://", "0123456789abcdef:x-oauth-basic@github.com/a/b"),
    glued("password=", "hunter22"),
  ])
    expect(await left(`{"#":"${pasted}${rest}`)).toMatch(
      /^\{"#":".*\[redacted:.*","path":\{"secret\/\*":\{"capabilities":\["sudo"\]\}\}\}$/,
    );
});

describe("a credential inside a text is taken out alone", () => {
  const PASSWORD = "Somme" + "r-2026";
  test.each([
    [
      "amqp://shop:§@mq.example.org/x",
      "amqp://[redacted:url-credential]@mq.example.org/x",
      `shop:${PASSWORD}`,
    ],
    ["redis://§@cache", "redis://[redacted:url-credential]@cache", `:${PASSWORD}`],
    ["db§@tcp(db:3306)/shop", "[redacted:dsn-credential]@tcp(db:3306)/shop", `:${PASSWORD}`],
    [
      "jdbc:oracle:thin:§@//db:1521/shop",
      "jdbc:oracle:thin:[redacted:dsn-credential]@//db:1521/shop",
      `scott/${PASSWORD}`,
    ],
    [
      "Server=db;Uid=app;Pwd=§;Encrypt=yes",
      "Server=db;Uid=app;Pwd=[redacted:assigned-credential];Encrypt=yes",
      PASSWORD,
    ],
    [
      "jdbc:mysql://db/shop?user=app&password=§&x=1",
      "jdbc:mysql://db/shop?user=app&password=[redacted:assigned-credential]&x=1",
      PASSWORD,
    ],
    [
      "host=db password='§' port=1",
      "host=db password='[redacted:assigned-credential]' port=1",
      `two words ${PASSWORD}`,
    ],
    ['{"password": "§"}', '{"password": "[redacted:assigned-credential]"}', `a b ${PASSWORD}`],
    ["spring.datasource.password: §", "spring.datasource.password: [redacted:assigned-credential]", PASSWORD],
    ["PGPASSWORD=§ psql", "PGPASSWORD=[redacted:assigned-credential] psql", PASSWORD],
    [
      "aws_secret_access_key = §",
      "aws_secret_access_key = [redacted:assigned-credential]",
      "wJalrXUtnFEMIK7MDENGbPxRfiCYzzzzzzzzzzzz",
    ],
    [
      "//registry.example.org/:_authToken=§",
      "//registry.example.org/:_authToken=[redacted:assigned-credential]",
      "0f9e8d7c-0000-1111",
    ],
    [
      "curl -H 'X-Vault-Token: t' ?token=§",
      "curl -H 'X-Vault-Token: t' ?token=[redacted:assigned-credential]",
      "0f9e8d7c6b5a49382716",
    ],
    [
      "ALTER USER app IDENTIFIED BY '§'",
      "ALTER USER app IDENTIFIED BY '[redacted:assigned-credential]'",
      PASSWORD,
    ],
    ["Authorization: Bearer §", "Authorization: Bearer [redacted:bearer-token]", "a1B2c3D4e5F6g7H8i9"],
    [
      "Authorization: Basic §",
      "Authorization: Basic [redacted:basic-credential]",
      Buffer.from(`app:${PASSWORD}`).toString("base64"),
    ],
  ])("%s", async (text, expected, secret) => {
    expect(await left(text.replace("§", secret))).toBe(expected);
  });

  test.each(["token", "secret_id", "Secret", "pw", "pass", "credentials", "api-token"])(
    "under the key %s",
    async (key) => {
      expect(await kept(JSON.stringify({ [key]: "summer" }))).toMatchObject({
        redactions: [{ pointer: `/${key}`, rule: "named-credential" }],
      });
    },
  );
});

test("what this API itself answers, and what stands in for a credential, stays", async () => {
  const body = {
    token_type: "service",
    token_policies: ["default"],
    token_ttl: 3600,
    secret_id_ttl: "720h",
    bind_secret_id: true,
    password_policy: "strong",
    "secret/": { type: "kv", description: "kv/data/app1 secrets: see the wiki" },
    "token/": { type: "token", description: "token based credentials" },
    pass: "",
    token: "{{token}}",
    secret: "env:SHOP_SECRET",
    statements: [
      "CREATE ROLE \"{{name}}\" WITH LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}';",
      "CREATE USER '{{username}}'@'%' IDENTIFIED BY '{{password}}'",
    ],
    urls: [
      "postgresql://{{username}}:{{password}}@db.example.org:5432/shop",
      "amqp://${USER}:${PASSWORD}@mq",
      "{{username}}:{{password}}@tcp(db:3306)/",
      "https://vault.example.org:8200/ui/@me",
      "sqlserver://db?user id={{username}}&password={{password}}",
      "postgres://app:xxxxx@db",
    ],
    policy:
      'path "auth/userpass/users/+/password" {\n  allowed_parameters = { "password" = [] }\n}\n' +
      'path "x" { required_parameters = ["password", "token"]\n denied_parameters = { password = ["a"] } }',
    json: '{"path":{"x":{"allowed_parameters":{"password":["*"],"secret_id":[]}}}}',
    prose: [
      "password: see the runbook",
      "Basic authentication",
      "bearer of bad news",
      "the pass: none",
      "PWD=/srv/app/bin",
      "private_key: /etc/ssl/db.pem",
    ],
  };
  expect(await kept(JSON.stringify(body))).toEqual({ text: JSON.stringify(body), redactions: [] });
});

describe("bad JSON", () => {
  test.each([
    ["truncated", '{"a":', "expected JSON, got something that does not parse"],
    ["too deep", `${"[".repeat(5000)}${"]".repeat(5000)}`, "expected at most 200 levels of JSON, got more"],
    ["with half a character", '{"a":"\\ud800"}', "expected Unicode text, got a lone surrogate"],
    ["with half a character in a key", '{"\\ud800":1}', "expected Unicode keys, got a lone surrogate"],
  ])("%s is said to be malformed", async (_name, text, malformed) => {
    expect(await kept(text)).toMatchObject({ malformed });
  });

  test.each([
    ["a secret in the first of two keys", `{"note":"${ROOT_TOKEN}","note":"nothing"}`],
    ["a list that the second of two keys shortens", '{"data":{"keys":["db/","uses"],"keys":["uses"]}}'],
  ])("with %s is malformed, and nothing of it is kept", async (_name, text) => {
    const malformed = "expected each key of a JSON object once, got one twice";
    const nothing = { text: "", malformed, redactions: [{ pointer: "", rule: "unreadable-body" }] };
    expect(await kept(text)).toEqual(nothing);
    expect(await kept(text, ["/data/token"])).toEqual(nothing);
    expect(await kept(` ${text}`, [], "text/plain")).toEqual(nothing);
  });

  test("with a prototype in it stays data", async () => {
    const text = `{"__proto__":{"password":"hunt` + `er22"},"constructor":1}`;
    expect(await kept(text)).toMatchObject({
      text: '{"__proto__":{"password":"[redacted:named-credential]"},"constructor":1}',
    });
  });
});

test("no answer makes the scan hang", async () => {
  const million = 1_000_000;
  for (const piece of [
    "eyJ",
    "hvs.",
    "-----BEGIN RSA PRIVATE KEY-----",
    "https://a:b",
    "s.a1A",
    "_authToken=",
    "xoxb-1-",
    "://a:",
    "AKIA",
    "secret ",
    "password is ",
    `${glued("AKIA", "Q7ZX3MWN5R2LTB4D")} `,
    `${"aB3/".repeat(10)} `,
    "pw:",
    "password=\\",
    "bearer ",
    "-----BEGIN PRIVATE KEY-----\nProc-Type: a",
    "-----BEGIN PRIVATE KEY-----\nAAAAAAAAAAAAAAAAAAAA\n",
  ]) {
    const text = JSON.stringify({ note: piece.repeat(million / piece.length) });
    expect((await keepable(answer(text), [])).malformed).toBeUndefined();
  }
});
