import { readFileSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { collectorPolicy, hashicorp, operationsTable } from "../../../src/connectors/index.ts";
import { parsePolicy } from "../../../src/hashicorp/index.ts";
import { OPERATIONS } from "../../../src/connectors/hashicorp/operations/index.ts";
import { EVENT_KINDS, SERVER_KINDS } from "../../../src/facts/index.ts";

const operations = [...OPERATIONS.values()];

/**
 * Paths of Vault's and OpenBao's APIs that answer with a value, a credential or key material, or that make one. Source:
 * the API documentation of KV, transit, PKI, database, AppRole, token, cubbyhole, `sys/raw`, `sys/wrapping`.
 */
const VALUE_PATHS =
  /(^|\/)(data|creds|static-creds|export|backup|decrypt|datakey|issue|sign|key|cubbyhole|raw|unwrap|rewrap|lookup-secret|generate\w*|create|custom-secret-id|token\/oidc|oidc\/token)(\/|$)/;

/** The only requests that are no GET: look-ups by accessor, whose answers hold no credential. */
const LOOKUPS = ["auth/token/lookup-accessor", "{mount}role/{name}/secret-id-accessor/lookup"];

describe("the table of operations", () => {
  it.each(operations.map((operation) => [operation.id, operation] as const))(
    "%s cannot read a value",
    (_id, operation) => {
      expect(operation.path).not.toMatch(VALUE_PATHS);
      if (operation.method === "POST") expect(LOOKUPS).toContain(operation.path);
      // What a KV mount of version 1 answers to anything but a LIST is a value.
      if (operation.id.startsWith("kv1.")) expect(operation.method).toBe("LIST");
      if (/\/secret-id$/.test(operation.path)) expect(operation.method).toBe("LIST");
      for (const capability of operation.needs)
        expect(["list", "read", "sudo", "update"]).toContain(capability);
      if (operation.needs.includes("update")) expect(operation.method).toBe("POST");
    },
  );

  it("has each id once, hides something with each, and leads only to operations that exist", () => {
    expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length);
    for (const { hides } of operations) expect(hides.length).toBeGreaterThan(0);
  });

  it("yields kinds of the vocabulary, and says least privilege for each request", () => {
    for (const kind of hashicorp.yields) expect([...SERVER_KINDS, ...EVENT_KINDS]).toContain(kind);
    expect(hashicorp.permissions).toContain("sys/audit: read, sudo");
    expect(hashicorp.permissions).not.toContain("sys/health: ");
  });

  it("is the table of the README", () => {
    const file = new URL("../../../src/connectors/hashicorp/README.md", import.meta.url);
    const text = readFileSync(file, "utf8");
    const [head, , tail] = text.split(/<!-- \/?operations -->/);
    const expected = `${head}<!-- operations -->\n${operationsTable()}\n<!-- /operations -->${tail}`;
    if (process.env["UPDATE_DOCS"] === "1") writeFileSync(file, expected);
    else expect(unaligned(text)).toBe(unaligned(expected));
  });
});

describe("the collector's policy", () => {
  const mounts = [
    { path: "kv/", type: "kv", version: "2" },
    { path: "legacy", type: "kv", version: "1" },
    { path: "pki/", type: "pki" },
    { path: "transit/", type: "transit" },
    { path: "database/", type: "database" },
    { path: "sys/", type: "system" },
  ];
  const authMethods = [
    { path: "approle/", type: "approle" },
    { path: "token/", type: "token" },
  ];

  it("is exact where mounts and methods are known", () => {
    const rules = parsePolicy(collectorPolicy({ dialect: "vault", enterprise: false, mounts, authMethods }), {
      name: "c",
    }).rules;
    const byPath = new Map(rules.map(({ path, capabilities }) => [path, capabilities]));
    expect(byPath.get("kv/metadata/*")).toEqual(["list", "read"]);
    expect(byPath.get("legacy/*")).toEqual(["list"]);
    expect(byPath.get("auth/approle/role/+/secret-id")).toEqual(["list"]);
    expect(byPath.get("pki/config/acme")).toEqual(["read"]);
    expect(byPath.get("pki/config/cluster")).toEqual(["read"]);
    expect(byPath.get("pki/config/urls")).toEqual(["read"]);
    expect(byPath.get("sys/audit")).toEqual(["read", "sudo"]);
    expect([...byPath.keys()].filter((path) => path.startsWith("+"))).toEqual([]);
    expect([...byPath.keys()].filter((path) => path.includes("namespaces"))).toEqual([]);
  });

  it("asks for sudo only where the server does", () => {
    // PathsSpecial.Root of the system backend and the token store, Vault 1.21.2 and OpenBao df6ce2c.
    const sudo = parsePolicy(collectorPolicy({ mounts, authMethods }), { name: "c" }).rules.filter(
      ({ capabilities }) => capabilities.includes("sudo"),
    );
    expect(sudo.map(({ path }) => path)).toEqual([
      "auth/token/accessors",
      "sys/audit",
      "sys/config/cors",
      "sys/config/ui/headers",
    ]);
  });

  it("gives no engine more than list while engines are unknown", () => {
    const { rules } = parsePolicy(collectorPolicy(), { name: "c" });
    const unknown = rules.filter(({ path }) => path.startsWith("+"));
    expect(unknown.length).toBeGreaterThan(0);
    for (const { capabilities } of unknown) expect(capabilities).toEqual(["list"]);
  });

  it("covers namespaces by their prefix, server-wide paths once", () => {
    const paths = parsePolicy(
      collectorPolicy({ dialect: "openbao", mounts, authMethods, namespaces: ["team/"] }),
      {
        name: "c",
      },
    ).rules.map(({ path }) => path);
    expect(paths).toContain("team/kv/metadata/*");
    expect(paths).toContain("team/sys/mounts");
    expect(paths).not.toContain("team/sys/audit");
    expect(paths).toContain("sys/namespaces");
  });

  it("keeps the mounts of each namespace apart where it is told them", () => {
    const given = [
      { path: "a/", type: "kv", version: "2", namespace: "team/" },
      { path: "a/", type: "kv", version: "1", namespace: "" },
    ];
    const { rules } = parsePolicy(collectorPolicy({ mounts: given, namespaces: ["team"] }), { name: "c" });
    const of = (path: string) => rules.find((rule) => rule.path === path)?.capabilities;
    expect(of("team/a/metadata/*")).toEqual(["list", "read"]);
    expect(of("a/metadata/*")).toBeUndefined();
    expect(of("a/*")).toEqual(["list"]);
  });

  it("never reads what may be a value, whatever is mounted where", () => {
    const segment = fc.constantFrom("kv", "data", "creds", "a", "metadata", "keys");
    const path = fc.array(segment, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
    const type = fc.constantFrom("kv", "pki", "transit", "database", "aws", "cubbyhole");
    const mount = fc.record({ path, type, version: fc.constantFrom("1", "2") });
    fc.assert(
      fc.property(fc.array(mount, { maxLength: 4 }), (given) => {
        const { rules } = parsePolicy(collectorPolicy({ mounts: given }), { name: "c" });
        for (const one of given.filter(({ type: kind }) => kind === "kv")) {
          const below = one.version === "1" ? `${one.path}/` : `${one.path}/data/`;
          const nested = given.some((other) => other !== one && `${other.path}/`.startsWith(below));
          const readable = rules.filter(
            (rule) => rule.path.startsWith(below) && rule.capabilities.includes("read"),
          );
          // No server takes a mount below another's.
          if (!nested) expect(readable).toEqual([]);
        }
      }),
    );
  });
});

/** Markdown without the padding that the formatter gives to tables. */
function unaligned(text: string): string {
  return text
    .replace(/ +/g, " ")
    .replace(/-{3,}/g, "---")
    .replace(/\n{2,}/g, "\n");
}
