import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  ChangeAdvisor,
  changeText,
  demandsOf,
  keptOf,
  type Ask,
  type Choice,
  type ConcreteChange,
  type Kept,
} from "../../src/review/index.ts";
import { findExecutable, found, missing } from "../counterparties/availability.ts";
import { at, textAt } from "../counterparties/json.ts";
import type { VaultApi } from "../counterparties/vault-api.ts";
import { startVaultCluster, type VaultCluster } from "../counterparties/vault-cluster.ts";
import { ensureVault } from "../counterparties/vault.ts";
import { collectFrom, collectorToken, policyFor, untilSettled } from "../estate/collector.ts";
import { madeOf, person, populationOf } from "../review/made.ts";

const vault = await ensureVault();
const jq = findExecutable("jq") === undefined ? missing("jq is not on the PATH") : undefined;
const absent = "missing" in vault || jq !== undefined;

const PASSWORD = "of-the-test" + "-alone-2026";
const LATER = new Date(Date.now() + 60 * 86_400_000).toISOString();

const SECRETS = ["payments/api", "payments/db", "platform/dns", "platform/tls"];
const POLICIES = {
  "payments-read": `path "kv/data/payments/*" { capabilities = ["read"] }`,
  "platform-all": `# of the platform\npath "kv/data/platform/*" {\n  capabilities = ["read", "update"]\n}\npath "kv/data/payments/*" { capabilities = ["read"] }\n`,
};
/** Not the group's. */
const OTHERS = {
  "kv-admin": `path "kv/*" { capabilities = ["create", "read", "update", "delete", "list"] }`,
};
const USERS: Readonly<Record<string, readonly string[]>> = {
  kim: [],
  pia: [],
  zoe: [],
  lena: ["payments-read", "platform-all"],
  max: ["platform-all"],
  ada: ["kv-admin"],
  eve: ["platform-all"],
};
const MEMBERS = ["kim", "pia", "zoe"];

/** What the campaign concludes; undefined: certified. */
function decided(who: string, secret: string): Choice | undefined {
  const isPayments = secret.includes("payments/");
  if (who === "kim") return isPayments ? { kind: "revoke" } : undefined;
  if (who === "pia" || who === "eve") return { kind: "revoke" };
  if (who === "lena") return isPayments ? { kind: "revoke" } : { kind: "time_limit", until: LATER };
  if (who === "ada") return { kind: "reduce", keep_actions: ["read", "list", "write"] };
  if (who === "max" && !isPayments) return { kind: "reduce", keep_actions: ["read"] };
  return undefined;
}

/** What each may still do once all is done: read payments, read platform, write platform. */
const AFTER: Readonly<Record<string, readonly number[]>> = {
  kim: [403, 200, 200],
  pia: [403, 403, 403],
  zoe: [200, 200, 200],
  lena: [403, 403, 403],
  max: [200, 200, 403],
  ada: [200, 200, 200],
};

describe.skipIf(absent)("the changes of a campaign, carried out on a real Vault", () => {
  const dir = mkdtempSync(join(tmpdir(), "countersign-changes-"));
  let cluster: VaultCluster;
  let root: VaultApi;
  let collector: string;

  beforeAll(async () => {
    cluster = await startVaultCluster({
      binary: found(vault),
      dir: join(dir, "cluster"),
      auditDevices: 1,
      shares: 1,
      threshold: 1,
    });
    root = cluster.api();
    await root.ok("POST", "sys/mounts/kv", { type: "kv", options: { version: "2" } });
    await root.ok("POST", "sys/auth/userpass", { type: "userpass" });
    for (let left = 50; (await root.send("GET", "kv/config")).status !== 200 && left > 0; left -= 1)
      await new Promise((resolve) => setTimeout(resolve, 100));
    for (const path of SECRETS) {
      await root.ok("POST", `kv/data/${path}`, { data: { value: "x" } });
      await root.ok("POST", `kv/metadata/${path}`, { custom_metadata: { of: "test" } });
    }
    await untilSettled(root);
    collector = await collectorToken(root, await policyFor(root));
  }, 120_000);

  afterAll(async () => {
    await cluster.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  async function logIn(who: string): Promise<VaultApi> {
    const answer = await root.ok("POST", `auth/userpass/login/${who}`, { password: PASSWORD });
    return root.as(textAt(answer, "auth", "client_token"));
  }

  /** Everybody as before the campaign, with a token of each. */
  async function filled(): Promise<ReadonlyMap<string, VaultApi>> {
    const accessor = textAt(at(await root.ok("GET", "sys/auth"), "data", "userpass/"), "accessor");
    for (const [name, policy] of Object.entries({ ...POLICIES, ...OTHERS }))
      await root.ok("PUT", `sys/policies/acl/${name}`, { policy });
    const ids: string[] = [];
    for (const [name, token_policies] of Object.entries(USERS)) {
      await root.ok("POST", `auth/userpass/users/${name}`, {
        password: PASSWORD,
        token_policies: [...token_policies],
      });
      await root.ok("POST", `identity/entity/name/${name}`, { policies: [], disabled: false });
      const id = textAt(await root.ok("GET", `identity/entity/name/${name}`), "data", "id");
      await root.ok("POST", "identity/entity-alias", { name, canonical_id: id, mount_accessor: accessor });
      if (MEMBERS.includes(name)) ids.push(id);
    }
    await root.ok("POST", "identity/group/name/team", {
      policies: Object.keys(POLICIES),
      member_entity_ids: ids,
    });
    return new Map(
      await Promise.all(Object.keys(USERS).map(async (who) => [who, await logIn(who)] as const)),
    );
  }

  async function planned(run: string): Promise<ConcreteChange[]> {
    const { facts } = await collectFrom(cluster.connection, collector, join(dir, run));
    const made = madeOf(
      facts,
      {},
      {
        tiers: [{ tier: "standard", when: { path: "*" } }],
        owners: [
          { owner: "payments", when: { path: "kv/payments/*" } },
          { owner: "platform", when: { path: "kv/platform/*" } },
        ],
      },
    );
    const asks: Ask[] = [];
    const kept: Kept[] = [];
    for (const { item: made_of, targets } of populationOf(made).items) {
      const left = /(?:^|\/)eve$/.test(made_of.principal.name)
        ? { person: person({ status: "terminated" }) }
        : {};
      const item = { ...made_of, principal: { ...made_of.principal, ...left } };
      const choice = decided(item.principal.name.replace(/^.*\//, ""), targets[0] ?? "");
      const { kind, keep_actions = item.actions, until } = choice ?? { kind: "certify" as const };
      if (kind !== "revoke")
        kept.push(
          ...keptOf(
            { item },
            { kind, keep_actions, revoke_secrets: [], ...(until === undefined ? {} : { until }) },
            new Set(targets),
          ),
        );
      if (choice === undefined) continue;
      const { demands, from_at } = demandsOf(choice, item, targets);
      asks.push({ item, demands, whole: kind !== "reduce", ...(from_at === undefined ? {} : { from_at }) });
    }
    const all = [...new ChangeAdvisor(made).plan(asks, kept).values()].flat();
    const changes = [...new Map(all.map((change) => [change.key, change])).values()];
    if (process.env["SHOW"] !== undefined) console.info(changes.map(changeText).join("\n\n"));
    return changes;
  }

  async function carryOut(changes: readonly ConcreteChange[]): Promise<void> {
    const { address, caCertPath = "" } = cluster.connection;
    const env = {
      PATH: [dirname(found(vault)), process.env["PATH"] ?? ""].join(delimiter),
      HOME: dir,
      VAULT_ADDR: address,
      VAULT_CACERT: caCertPath,
      VAULT_TOKEN: cluster.rootToken,
    };
    for (const { commands } of changes)
      for (const command of commands)
        await promisify(execFile)("/bin/sh", ["-ec", command], { cwd: dir, env }).catch((thrown: unknown) => {
          // A token that is gone already is no failure of the change.
          if (!command.includes("token revoke")) throw thrown;
        });
  }

  async function may(api: VaultApi): Promise<number[]> {
    const payments = await Promise.all(
      ["api", "db"].map(async (name) => (await api.send("GET", `kv/data/payments/${name}`)).status),
    );
    const { status: platform } = await api.send("GET", "kv/data/platform/dns");
    const { status: write } = await api.send("POST", "kv/data/platform/tls", { data: { value: "y" } });
    expect(payments[0]).toBe(payments[1]);
    return [payments[0] ?? 0, platform, write];
  }

  it.each([
    ["as they are told", (list: readonly ConcreteChange[]) => list],
    ["the other way round", (list: readonly ConcreteChange[]) => list.toReversed()],
    [
      "twice, the second time the other way round",
      (list: readonly ConcreteChange[]) => [...list, ...list.toReversed()],
    ],
  ])(
    "leave nothing that was revoked and all that was certified, %s",
    async (run, order) => {
      const before = await filled();
      const changes = await planned(run.replaceAll(" ", "-"));
      expect(changes.flatMap(({ takes_kept }) => takes_kept)).toEqual([]);
      await carryOut(order(changes));
      for (const [who, expected] of Object.entries(AFTER)) {
        expect({ who, may: await may(await logIn(who)) }).toEqual({ who, may: expected });
        const old = await may(before.get(who) ?? root);
        const stillMore = old.filter((status, place) => status === 200 && expected[place] !== 200);
        expect({ who, old, stillMore }).toEqual({ who, old, stillMore: [] });
      }
      const { body } = await (
        await logIn("ada")
      ).send("POST", "sys/capabilities-self", {
        paths: ["kv/data/payments/api", "kv/metadata/payments/api", "kv/destroy/payments/api"],
      });
      expect(JSON.stringify(body)).toContain("update");
      expect(JSON.stringify(at(body, "data", "kv/data/payments/api"))).not.toContain("delete");
      expect(at(body, "data", "kv/destroy/payments/api")).toEqual(["deny"]);
      // Who left logs in no more, and has nothing by the token of before.
      const { status } = await root.send("POST", "auth/userpass/login/eve", { password: PASSWORD });
      expect(status).toBeGreaterThanOrEqual(400);
      expect(await may(before.get("eve") ?? root)).toEqual([403, 403, 403]);
    },
    120_000,
  );

  it("leave what ends later until then", async () => {
    await filled();
    const changes = await planned("now");
    await carryOut(changes.filter(({ from_at }) => from_at === undefined));
    expect(await may(await logIn("lena"))).toEqual([403, 200, 200]);
    // Any subset takes something away, and gives nothing.
    await carryOut(changes.filter(({ from_at }) => from_at !== undefined));
    await carryOut(changes.filter(({ from_at }) => from_at === undefined));
    expect(await may(await logIn("lena"))).toEqual([403, 403, 403]);
  }, 120_000);
});
