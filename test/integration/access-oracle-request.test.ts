import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { Agent, request } from "undici";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { simulate, type WorldAnswer } from "../../src/access/index.ts";
import { parsePolicy } from "../../src/hashicorp/index.ts";
import { found } from "../counterparties/availability.ts";
import { textAt } from "../counterparties/json.ts";
import { startVaultCluster, type VaultCluster } from "../counterparties/vault-cluster.ts";
import { ensureVault } from "../counterparties/vault.ts";

const REQUESTS = process.env["SLOW"] === "1" ? 2_000 : 100;
const MOUNT = "plain";
const PATHS = ["a", "a/b", "b"];

interface Spec {
  readonly rules: readonly (readonly [path: string, body: string])[];
  readonly method: "GET" | "LIST" | "POST" | "DELETE";
  readonly path: string;
  readonly exists: boolean;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly wrapTtlS: number;
}

const VALUE = fc.constantFrom<unknown>(
  "x",
  "xy",
  "",
  "x,y",
  " x",
  "*",
  true,
  1,
  null,
  ["x", "y"],
  ["x"],
  [],
  { x: "y" },
);
const LISTED = fc.array(fc.constantFrom<unknown>("x", "y", "x*", "*y", "*", "*x*", true, 1), {
  maxLength: 3,
});
const PARAMETERS = fc.dictionary(fc.constantFrom("p", "Q", "*"), LISTED, { maxKeys: 2 });

/** Present one time in four, so that most rules let something through. */
function seldom<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc
    .option(arbitrary, { nil: undefined, freq: 4 })
    .chain((value) => fc.constantFrom(value, undefined));
}

const ruleBody = fc
  .record({
    capabilities: fc.constantFrom(
      ["create", "read", "update", "delete", "list"],
      ["create", "read", "update", "delete", "list"],
      ["read"],
      ["update", "create"],
      ["deny"],
    ),
    allowed_parameters: seldom(PARAMETERS),
    denied_parameters: seldom(PARAMETERS),
    required_parameters: seldom(fc.subarray(["p", "Q"])),
    min_wrapping_ttl: seldom(fc.constantFrom("60s", 120)),
    max_wrapping_ttl: seldom(fc.constantFrom("120s", 600)),
  })
  .map((body) => JSON.stringify(body));

const specs: fc.Arbitrary<Spec> = fc.record({
  rules: fc.array(fc.tuple(fc.constantFrom("a", "a/*", "+", "*", "a/", "+/b"), ruleBody), {
    minLength: 1,
    maxLength: 3,
  }),
  method: fc.constantFrom<Spec["method"]>("GET", "LIST", "POST", "POST", "DELETE"),
  path: fc.constantFrom(...PATHS),
  exists: fc.boolean(),
  parameters: fc.dictionary(fc.constantFrom("p", "q", "r"), VALUE, { maxKeys: 2 }),
  wrapTtlS: fc.constantFrom(0, 0, 60, 120, 300),
});

const vault = await ensureVault();

describe.skipIf("missing" in vault)("whole requests are let through or refused as by a real Vault", () => {
  const dir = mkdtempSync(join(tmpdir(), "countersign-oracle-request-"));
  let cluster: VaultCluster;
  let agent: Agent;

  beforeAll(async () => {
    cluster = await startVaultCluster({
      binary: found(vault),
      dir,
      auditDevices: 0,
      shares: 1,
      threshold: 1,
    });
    agent = new Agent({ connect: { ca: readFileSync(cluster.caCertPath ?? "", "utf8") } });
    await cluster.api().ok("POST", `sys/mounts/${MOUNT}`, { type: "kv", options: { version: "1" } });
  });
  afterAll(async () => {
    await agent.close();
    await cluster.stop();
    rmSync(dir, { recursive: true });
  });

  it(`${REQUESTS} requests with parameters and wrapping`, async () => {
    let allowed = 0;
    const check = fc.asyncProperty(specs, async (spec) => {
      const server = await ask(cluster, agent, spec);
      const [answer] = [...simulate(worldOf(spec), { parsePolicy })] as [WorldAnswer];
      allowed += server === "allow" ? 1 : 0;
      expect({ spec, decision: answer.decision, reason: answer.reason }).toEqual({
        spec,
        decision: server,
        reason: answer.reason,
      });
    });
    await fc.assert(check, { numRuns: REQUESTS, seed: 20_261_124 });
    console.log(`${REQUESTS} requests, of which ${allowed} were let through`);
  });

  it("paths that need sudo, and those that do not", async () => {
    for (const path of [
      "sys/audit",
      "sys/auth/x",
      "sys/raw/x",
      "sys/mounts/none/tune",
      "sys/policies/acl/p",
      "sys/leases",
    ]) {
      for (const capabilities of [
        ["read", "update", "create", "list"],
        ["read", "update", "create", "list", "sudo"],
      ]) {
        for (const method of ["GET", "LIST"] as const) {
          const rules = [
            [path, JSON.stringify({ capabilities })],
            [`${path}/`, JSON.stringify({ capabilities })],
          ] as const;
          const spec = { rules, method, path, exists: false, parameters: {}, wrapTtlS: 0 };
          const [answer] = [...simulate(worldOf(spec, ""), { parsePolicy })] as [WorldAnswer];
          expect([method, path, capabilities, answer.decision]).toEqual([
            method,
            path,
            capabilities,
            await ask(cluster, agent, spec, ""),
          ]);
        }
      }
    }
  });
});

function policyOf({ rules }: Spec, prefix: string): string {
  const members = rules.map(([path, body]) => `{${JSON.stringify(prefix + path)}: ${body}}`);
  return `{"path": [${members.join(", ")}]}`;
}

function worldOf(spec: Spec, prefix = `${MOUNT}/`) {
  const operations = { GET: "read", LIST: "list", DELETE: "delete", POST: spec.exists ? "update" : "create" };
  return {
    format: "countersign-world/1",
    provider: "hashicorp",
    dialect: "vault",
    policies: { p: policyOf(spec, prefix) },
    tokens: { t: { policies: ["p"] } },
    questions: [
      {
        token: "t",
        operation: operations[spec.method],
        // As the server's API completes it.
        path: `${prefix}${spec.path}${spec.method === "LIST" ? "/" : ""}`,
        parameters: spec.method === "POST" ? spec.parameters : {},
        wrap_ttl_s: spec.wrapTtlS,
      },
    ],
  };
}

async function ask(
  cluster: VaultCluster,
  agent: Agent,
  spec: Spec,
  prefix = `${MOUNT}/`,
): Promise<"allow" | "deny"> {
  const root = cluster.api();
  await root.ok("PUT", "sys/policies/acl/p", {
    policy: Buffer.from(policyOf(spec, prefix)).toString("base64"),
  });
  if (prefix !== "") for (const path of PATHS) await root.send("DELETE", prefix + path);
  if (prefix !== "" && spec.exists) await root.ok("POST", prefix + spec.path, { seen: "before" });
  const created = await root.ok("POST", "auth/token/create-orphan", {
    policies: ["p"],
    no_default_policy: true,
    ttl: "10m",
  });
  const token = textAt(created, "auth", "client_token");
  const query = spec.method === "LIST" ? "?list=true" : "";
  const response = await request(`${cluster.address}/v1/${prefix}${spec.path}${query}`, {
    dispatcher: agent,
    method: spec.method === "LIST" ? "GET" : spec.method,
    headers: {
      "x-vault-token": token,
      ...(spec.wrapTtlS === 0 ? {} : { "x-vault-wrap-ttl": `${spec.wrapTtlS}s` }),
    },
    ...(spec.method === "POST" ? { body: JSON.stringify(spec.parameters) } : {}),
  });
  await response.body.dump();
  await root.send("PUT", "auth/token/revoke", { token });
  return response.statusCode === 403 ? "deny" : "allow";
}
