import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { CountersignError } from "../../src/base/index.ts";
import { configTemplate } from "../../src/cli/config-template.ts";
import { ConfigSchema, parseConfig, readConfig, sourceSettings } from "../../src/cli/config.ts";
import { connectors } from "../../src/connectors/index.ts";
import { DEFAULT_LABELS } from "../../src/subjects/index.ts";

const FILE = "/etc/countersign/countersign.yaml";
const SOURCES = `sources:
  main:
    connector: hashicorp
    address: https://vault.example.org:8200
`;

const parse = (text: string, env: Record<string, string> = {}) => parseConfig(text, FILE, env);

function failure(text: string, env: Record<string, string> = {}): CountersignError {
  try {
    parse(text, env);
  } catch (thrown) {
    if (thrown instanceof CountersignError) return thrown;
    throw thrown;
  }
  throw new Error("expected an error");
}

const settingsOf = (text: string, env: Record<string, string> = {}) =>
  sourceSettings(parse(text, env), "main", connectors.get("hashicorp")!.settings, {});

function settingsFailure(text: string): CountersignError {
  try {
    settingsOf(text);
  } catch (thrown) {
    if (thrown instanceof CountersignError) return thrown;
    throw thrown;
  }
  throw new Error("expected an error");
}

describe("a text", () => {
  it.each([
    ["Latin-1", Buffer.from("version: 1\nentity: { name: Bl\u00fcte }\n", "latin1"), 2, 19, /0xfc/],
    ["UTF-16", Buffer.from("\ufeffversion: 1\n", "utf16le"), 1, 1, /0xff/],
    ["a cut character", Buffer.from("version: 1\n# \u00fc").subarray(0, -1), 2, 3, /UTF-8/],
  ])("of %s is no configuration", async (_what, bytes, line, column, message) => {
    const directory = await mkdtemp(join(tmpdir(), "countersign-utf8-"));
    const file = join(directory, "countersign.yaml");
    await writeFile(file, bytes);
    await expect(readConfig(file, {})).rejects.toMatchObject({
      code: "E_CONFIG",
      message: expect.stringMatching(message) as string,
      location: { file, line, column },
    });
    await rm(directory, { recursive: true });
  });

  it.each([
    ['"Harbour\\0Pine"', {}, "U+0000"],
    ['"Harbour \\e[31mPine"', {}, "U+001B"],
    ['"Harbour\\x9bPine"', {}, "U+009B"],
    ['"${env:NAME}"', { NAME: "Harbour\rPine" }, "U+000D"],
  ])("with a control character is refused: %s", (name, env, found) => {
    const error = failure(`version: 1\nentity:\n  name: ${name}\n${SOURCES}`, env);
    expect(error).toMatchObject({ code: "E_CONFIG", location: { file: FILE, line: 3 } });
    expect(error.message).toBe(`expected no control character in entity.name, got ${found}`);
  });

  it("may have several lines", () => {
    const { value } = parse(`version: 1\nentity:\n  name: |-\n    Harbour\n    \tPine\n${SOURCES}`);
    expect(value.entity?.name).toBe("Harbour\n\tPine");
  });
});

describe("a login", () => {
  const login = (auth: string) => settingsFailure(`version: 1\n${SOURCES}    auth: ${auth}\n`).message;

  it("of no method that there is names them all", () => {
    expect(login("{ method: tokn }")).toContain(
      'sources.main.auth.method must be "token" or "approle" or "userpass" or "jwt" or "cert"',
    );
  });

  it.each([
    ["{ method: approle, secret_id: env:ID }", /main\.auth must have required property 'role_id'/],
    [
      "{ method: userpass, username: ada, pasword: env:PW }",
      /expected only known keys, got sources\.main\.auth\.pasword/,
    ],
    ["{ method: cert, token: env:T }", /got sources\.main\.auth\.token/],
  ])("lacks what its own method needs: %s", (auth, message) => {
    expect(login(auth)).toMatch(message);
  });
});

describe("a configuration", () => {
  it("needs a version and one source; everything else has a default", () => {
    const { value, rules, directory } = parse(`version: 1\n${SOURCES}`);
    expect(value).toEqual({
      version: 1,
      sources: { main: { connector: "hashicorp", address: "https://vault.example.org:8200" } },
    });
    expect(rules).toEqual({
      labels: DEFAULT_LABELS,
      tiers: [],
      owners: [],
      environments: [],
      break_glass: [],
    });
    expect(directory).toBe("/etc/countersign");
  });

  it("takes every key that its schema has", () => {
    const text = `version: 1
entity: { name: Harbour & Pine, boundary: payments, request_id: PBC-1, prepared_by: A, reviewed_by: B }
frameworks: [soc2-2017]
controls: [{ id: C-1, title: T, wording: W, owner: O, frequency: daily, nature: manual, purpose: detective, answers: ["soc2-2017:CC6.1"], policies: [{ id: rotation_overdue, strength: direct }] }]
policies: [own.tar.gz, policies/own]
parameters: { rotation_overdue: { limit_days: { critical: 30, low: 365 } }, too_many_readers: { limit: 20 } }
labels: { owner: [service_owner] }
tiers: [{ tier: critical, when: { kind: secret, store: main, path: "kv/*", name: ["a*", "b?"], label: { team: pay } } }]
owners: [{ owner: payments, when: { path: "kv/*" } }]
environments: [{ environment: production, when: { store: main } }]
break_glass: [{ kind: principal, name: "break-glass-*" }]
people: { match: [email, "label:person"], map: { "auth/userpass/users/al*": ada@example.com } }
review: { roles: { security: { people: [s@example.com], groups: [sec] } }, management: [v@example.com], owners: { payments: [m@example.com] }, fallback: [v@example.com], events: { leaver_due_days: 2, mover_due_days: 7, remediation_days: 3, grace_days: 0, no_answer: revoke }, campaigns: { q: { every: quarter, scope: { tiers: [critical] } } } }
serve: { host: "::1", port: 8443, tls: { cert_file: c.pem, key_file: k.pem }, oidc: { issuer: "https://i.example", client_id: c, client_secret: "env:S" } }
state: { url: "env:DATABASE_URL" }
events: { business_hours: { time_zone: Europe/Berlin, rules: [{ when: { name: "ada*" }, from: 7, to: 19, days: [mon] }] }, workloads: [{ name: "svc-*" }], detections: { bulk_read: { threshold: 50 } }, off: [new_network], engine: trino, trino: { address: "https://trino.example.com:8443", catalog: hive, schema: audit, user: u, token: "env:JWT", ca_cert_file: ca.pem, client_cert_file: c.pem, client_key_file: k.pem, timeout_s: 60, insecure_http: false, files: { directory: /mnt/e, location: "s3://b/e" } }, suppressions: [{ detection: new_reader, principal: "name:backup", secret: "kv/*", source: "10.*", reason: R, until: 2027-06-30 }] }
embedded_vault: { id: 00112233445566778899aabbccddeeff, fingerprint: 8899aabbccddeeff0011223344556677, anchors: [/mnt/other], keys: [{ type: passphrase, passphrase: "env:VAULT_PASSPHRASE" }] }
gate: { max_waiver_days: 30 }
limits: { concurrency: 4, calls_per_run: 1000, call_timeout_s: 30, run_timeout_s: 600 }
${SOURCES}`;
    const { value, rules } = parse(text);
    expect(Object.keys(value).sort()).toEqual(Object.keys(ConfigSchema.properties).sort());
    expect(rules.labels).toEqual({ ...DEFAULT_LABELS, owner: ["service_owner"] });
    expect(rules.break_glass).toHaveLength(1);
  });

  it("that init writes is valid, also with every comment in it taken for real", () => {
    const template = configTemplate("https://vault.example.org:8200");
    expect(parse(template).value.sources).toHaveProperty("main-vault");
    const uncommented = template.replace(
      /^# ?((?:frameworks|labels|parameters|people|review|serve|state|events|gate|limits| {2,}\w+):.*)$/gm,
      "$1",
    );
    const { value } = parse(uncommented);
    for (const key of [
      "frameworks",
      "labels",
      "parameters",
      "people",
      "review",
      "serve",
      "state",
      "events",
      "gate",
    ])
      expect(value).toHaveProperty(key);
    expect(value.limits).toBeDefined();
  });

  it("has the digest of its text: what the environment puts in does not change it", () => {
    const text = `version: 1\nsources: { main: { connector: hashicorp, address: "\${env:ADDR}" } }\n`;
    expect(parse(text, { ADDR: "https://a" }).digest).toBe(parse(text, { ADDR: "https://b" }).digest);
    expect(parse(`${text}# changed\n`, { ADDR: "https://a" }).digest).not.toBe(
      parse(text, { ADDR: "https://a" }).digest,
    );
  });
});

describe("a configuration is refused, with line and column, for", () => {
  it.each([
    ["an unknown key", `version: 1\n${SOURCES}retention: 7\n`, /known keys, got retention/, 6, 1],
    ["another version", `version: 2\n${SOURCES}`, /version must be 1/, 1, 10],
    ["no source", "version: 1\nsources: {}\n", /sources must NOT have fewer than 1/, 2, 10],
    [
      "a source of a strange name",
      `version: 1\nsources:\n  Main Vault: { connector: hashicorp }\n`,
      /sources/,
      3,
      3,
    ],
    [
      "a tier that is none",
      `version: 1\ntiers: [{ tier: urgent, when: {} }]\n${SOURCES}`,
      /tiers\.0\.tier must be "critical" or/,
      2,
      17,
    ],
    [
      "a rule on what is no subject",
      `version: 1\nbreak_glass: [{ kind: person }]\n${SOURCES}`,
      /break_glass\.0\.kind/,
      2,
      23,
    ],
    [
      "an own control that answers nothing",
      `version: 1\ncontrols: [{ id: C-1, answers: [] }]\n${SOURCES}`,
      /controls\.0\.answers must NOT have fewer than 1/,
      2,
      32,
    ],
    [
      "an own control of another nature",
      `version: 1\ncontrols: [{ id: C-1, nature: magic, answers: ["soc2-2017:CC6.1"] }]\n${SOURCES}`,
      /controls\.0\.nature must be "automated" or "manual"/,
      2,
      31,
    ],
    [
      "a limit out of bounds",
      `version: 1\nlimits: { concurrency: 0 }\n${SOURCES}`,
      /limits\.concurrency must be >= 1/,
      2,
      24,
    ],
    [
      "a parameter that is no value",
      `version: 1\nparameters: { a: { b: [{}] } }\n${SOURCES}`,
      /parameters\.a\.b/,
      undefined,
      undefined,
    ],
    ["an empty file", "", /the file must be object/, 1, 1],
  ])("%s", (_what, text, message, line, column) => {
    const error = failure(text);
    expect(error).toMatchObject({ code: "E_CONFIG", exit: 2 });
    expect(error.message).toMatch(message);
    expect(error.location?.file).toBe(FILE);
    if (line !== undefined) expect(error.location).toMatchObject({ line, column });
  });

  it("not being there, with the command that writes one", async () => {
    await expect(readConfig("/nowhere/countersign.yaml", {})).rejects.toMatchObject({
      code: "E_CONFIG",
      fix: expect.stringContaining("countersign init") as string,
    });
  });

  it("a directory in its place", async () => {
    await expect(readConfig("/", {})).rejects.toMatchObject({ code: "E_CONFIG" });
  });

  it("a key that the connector does not know, or a value that it does not take", () => {
    expect(settingsFailure(`version: 1\n${SOURCES}    adress: x\n`)).toMatchObject({
      code: "E_CONFIG",
      message: "expected only known keys, got sources.main.adress",
      location: { line: 6 },
    });
    expect(settingsFailure(`version: 1\n${SOURCES}    mounts: { exclude: kv/ }\n`)).toMatchObject({
      message: expect.stringContaining("sources.main.mounts.exclude must be array") as string,
      location: { line: 6, column: 24 },
    });
    expect(settingsFailure("version: 1\nsources: { main: { connector: hashicorp } }\n")).toMatchObject({
      message: "expected sources.main.address, got none",
      location: { line: 2 },
    });
  });
});

const auth = (text: string): string => `version: 1\n${SOURCES}    auth: ${text}\n`;

describe("a credential in the configuration", () => {
  const TOKEN = "hvs.CAESIJx0countersignplanted0000000000";

  it.each([
    ["a token", `{ method: token, token: ${TOKEN} }`],
    ["a token that looks like nothing", "{ method: token, token: opensesame }"],
    ["a password", "{ method: userpass, username: ada, password: correct horse }"],
    ["a password of digits", "{ method: userpass, username: ada, password: 12345678 }"],
    ["a secret id", "{ method: approle, role_id: env:R, secret_id: 6f3c0f0e-1e7b-4d2a-9d63-1f7f4be3a1c1 }"],
    ["a role id", "{ method: approle, role_id: 6f3c0f0e-1e7b-4d2a-9d63-1f7f4be3a1c1, secret_id: env:S }"],
    ["a signed token", "{ method: jwt, jwt: abc }"],
    ["an empty one", '{ method: token, token: "" }'],
    ["one around a reference", '{ method: token, token: "x${env:T}" }'],
  ])("is refused where it is %s, and never said again", (_what, text) => {
    const error = failure(auth(text), { T: "value-of-t" });
    expect(error).toMatchObject({ code: "E_CONFIG_LITERAL", exit: 2, location: { file: FILE, line: 6 } });
    expect(error.fix).toMatch(/env:NAME or file:/);
    expect(error.message).not.toMatch(/hvs\.|opensesame|horse|12345678|6f3c0f0e|abc|value-of-t/);
  });

  it.each([
    ["a Vault token", `entity: { name: "${TOKEN}" }`],
    ["an AWS access key", "entity: { name: AKIAIOSFODNN7EXAMPLE }"],
    ["a private key", 'entity: { name: "-----BEGIN RSA PRIVATE KEY-----" }'],
    ["a JSON web token", "entity: { name: eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc }"],
    ["a GitHub token", "entity: { name: ghp_0123456789abcdefghij0123456789abcdef }"],
  ])("is refused wherever it stands where it looks like %s", (what, line) => {
    const error = failure(`version: 1\n${line}\n${SOURCES}`);
    expect(error).toMatchObject({ code: "E_CONFIG_LITERAL", location: { line: 2 } });
    expect(error.message).toContain(what);
    expect(error.message).not.toContain(line.slice(-20, -4));
  });

  it("is refused in an address", () => {
    const text =
      "version: 1\nsources: { main: { connector: hashicorp, address: https://ada:horse@vault.example.org } }\n";
    const error = failure(text);
    expect(error.code).toBe("E_CONFIG_LITERAL");
    expect(error.message).not.toContain("horse");
  });

  it.each([
    ["env:VAULT_TOKEN", "env:VAULT_TOKEN"],
    ['"${env:VAULT_TOKEN}"', "env:VAULT_TOKEN"],
    ["file:/run/token", "file:/run/token"],
    ["vault:countersign", "vault:countersign"],
  ])("may be the reference %s, which stays one until it is used", (text, kept) => {
    expect(settingsOf(auth(`{ method: token, token: ${text} }`), { VAULT_TOKEN: TOKEN })).toMatchObject({
      auth: { token: kept },
    });
  });
});

describe("the settings of a connector", () => {
  /** The references that a schema asks for, by key. */
  function references(schema: unknown, key = ""): string[] {
    if (typeof schema !== "object" || schema === null) return [];
    const { pattern } = schema as { pattern?: unknown };
    const own = typeof pattern === "string" && pattern.startsWith("^(env|file|vault):") ? [key] : [];
    return [...own, ...Object.entries(schema).flatMap(([name, part]) => references(part, name))];
  }

  it.each([...connectors.values()])(
    "of $id take no literal where they want a reference",
    ({ id, settings }) => {
      const keys = [...new Set(references(settings))].sort();
      const wanted: Readonly<Record<string, readonly string[]>> = {
        aws: ["access_key_id", "external_id", "secret_access_key", "session_token"],
        hashicorp: ["jwt", "password", "role_id", "secret_id", "token"],
      };
      expect(keys).toEqual(wanted[id] ?? []);
      for (const key of keys) {
        expect(failure(auth(`{ ${key}: opensesame }`))).toMatchObject({ code: "E_CONFIG_LITERAL" });
        expect(parse(auth(`{ ${key}: "\${env:NAME}" }`)).value.sources["main"]).toMatchObject({
          auth: { [key]: "env:NAME" },
        });
      }
    },
  );
});

describe("a reference to the environment", () => {
  it("is put in where no credential belongs", () => {
    const text = `version: 1\nentity: { name: "\${env:NAME} of \${env:PLACE}" }\n${SOURCES}`;
    expect(parse(text, { NAME: "Office", PLACE: "Bergen" }).value.entity?.name).toBe("Office of Bergen");
  });

  it("is E_REFERENCE where the variable is not set, with line, column and what to do", () => {
    expect(failure(`version: 1\nentity: { name: "\${env:NOWHERE}" }\n${SOURCES}`)).toMatchObject({
      code: "E_REFERENCE",
      location: { line: 2, column: 17 },
      fix: expect.stringContaining("NOWHERE") as string,
    });
  });

  it("cannot smuggle in another reference", () => {
    const text = `version: 1\nentity: { name: "\${env:A}" }\n${SOURCES}`;
    expect(parse(text, { A: "${env:B}", B: "inner" }).value.entity?.name).toBe("${env:B}");
  });
});

describe("a configuration file", () => {
  it("is read as UTF-8, with or without a byte order mark", async () => {
    const directory = await mkdtemp(join(tmpdir(), "countersign-config-"));
    afterAll(() => rm(directory, { recursive: true, force: true }));
    const file = join(directory, "countersign.yaml");
    await writeFile(file, `\ufeffversion: 1\nentity: { name: Café }\n${SOURCES}`);
    expect((await readConfig(file, {})).value.entity?.name).toBe("Café");
  });
});

describe("the pin of the embedded vault", () => {
  const pinned = (pin: string) => failure(`version: 1\n${SOURCES}embedded_vault:\n  ${pin}\n`);

  it("is no id alone, which proves nothing and would never be compared", () => {
    expect(pinned("id: 00112233445566778899aabbccddeeff")).toMatchObject({
      code: "E_CONFIG",
      message: expect.stringContaining("fingerprint") as string,
      location: { line: 7, column: 7 },
    });
  });

  it.each(["id: 00112233445566778899001122334455", "fingerprint: 123456789012345678901234567e1234"])(
    "is written in quotes where YAML takes it for a number: %s",
    (pin) => {
      expect(pinned(pin)).toMatchObject({
        code: "E_CONFIG",
        fix: expect.stringContaining("in quotes") as string,
        location: { line: 7 },
      });
    },
  );
});
