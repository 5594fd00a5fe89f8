import { setTimeout as delay } from "node:timers/promises";
import { textAt } from "../counterparties/json.ts";
import type { Random } from "../estate/random.ts";
import { roleCredentials, type Actor, type Script } from "./vault-script.ts";

/** The script's days: day 0 is the installation. */
export function instant(day: number, time: string): string {
  return new Date(Date.parse(`2026-09-01T${time}Z`) + day * 86_400_000).toISOString();
}

/** From which day on oddities are looked for; before it all is habit. */
export const SINCE = instant(8, "00:00:00");
export const UNTIL = instant(19, "00:00:00");
const TIMES = ["09:10:00", "15:10:00"] as const;
const LAST_DAY = 14;
/** After days without a log. */
const DAY_BACK = 18;
/** Nobody else works then; those who are declared workloads may. */
const NIGHT = "03:10:00";

const WORKLOADS = ["w1", "w2", "w3", "w4", "w5", "w6", "w7", "w8"] as const;
const PEOPLE = ["ada", "bea", "cai", "dan", "eva", "fay", "guy"] as const;
const TOKENS = ["t1", "t2", "t3", "t4"] as const;
const GLASS = "glass";

/** Every one of the 20 identities but the one for emergencies. */
const USUAL = [...WORKLOADS, ...PEOPLE, ...TOKENS];

/** Each comes from an address of its own. */
export function addressOf(name: string): string {
  return `127.0.0.${10 + [...USUAL, GLASS].indexOf(name)}`;
}

const PASSWORD = "correct horse battery staple";
/** More than `bulk_read` lets pass in an hour, two of them a time. */
const MANY = 24;

function secretsOf(name: string): string[] {
  return Array.from({ length: name === "ada" ? MANY : 6 }, (_, index) => `kv/data/${name}/s${index}`);
}

function policyOf(name: string, more = ""): string {
  return `path "kv/data/${name}/*" { capabilities = ["create", "read", "update", "delete"] }
path "kv/metadata/${name}/*" { capabilities = ["read", "list"] }
path "transit/encrypt/box" { capabilities = ["update"] }
path "transit/decrypt/box" { capabilities = ["update"] }
${more}`;
}

const MORE_POLICY: Readonly<Record<string, string>> = {
  dan: `path "sys/policies/acl/*" { capabilities = ["create", "update"] }
path "sys/audit/*" { capabilities = ["create", "update", "delete", "sudo"] }`,
  w3: `path "kv/data/payments/master" { capabilities = ["read"] }`,
  w6: `path "kv/destroy/w6/*" { capabilities = ["update"] }`,
  glass: `path "kv/data/payments/master" { capabilities = ["read"] }`,
};

export interface Cast {
  readonly root: Actor;
  readonly actors: ReadonlyMap<string, Actor>;
  readonly credentials: ReadonlyMap<string, readonly [path: string, body: Record<string, unknown>]>;
}

/** Everything that the load needs, made with the root token. `auditLogs`: their names, of which the first is read. */
export async function install(script: Script, rootToken: string): Promise<Cast> {
  const root = script.actor("root", "127.0.0.1");
  root.holds(rootToken, "name:root");
  const administer = async (path: string, body: Record<string, unknown>): Promise<unknown> =>
    await root.does({ method: "POST", path, body, operation: "administer" });
  script.triesDevice();
  for (const name of ["file", "spare"]) {
    await administer(`sys/audit/${name}`, { type: "file", options: { file_path: `audit-${name}.log` } });
  }
  await administer("sys/mounts/kv", { type: "kv", options: { version: "2" } });
  await administer("sys/mounts/transit", { type: "transit" });
  await administer("transit/keys/box", {});
  await administer("sys/auth/approle", { type: "approle" });
  await administer("sys/auth/userpass", { type: "userpass" });
  // A new mount of KV version 2 refuses calls while it prepares itself.
  await delay(1000);
  const names = [...USUAL, GLASS];
  const actors = new Map(names.map((name) => [name, script.actor(name, addressOf(name))]));
  const credentials = new Map<string, readonly [string, Record<string, unknown>]>();
  const store = async (path: string): Promise<void> => {
    await root.does({ method: "POST", path, body: { data: { value: "v" } }, operation: "write" });
  };
  for (const name of names) {
    await administer(`sys/policies/acl/${name}`, { policy: policyOf(name, MORE_POLICY[name]) });
    for (const path of secretsOf(name)) await store(path);
  }
  await store("kv/data/dan/doomed");
  await store("kv/data/payments/master");
  for (const name of WORKLOADS) {
    await administer(`auth/approle/role/${name}`, { token_policies: name });
    credentials.set(name, ["auth/approle/login", await roleCredentials(root, name)]);
  }
  for (const name of [...PEOPLE, GLASS]) {
    await administer(`auth/userpass/users/${name}`, { password: PASSWORD, token_policies: name });
    credentials.set(name, [`auth/userpass/login/${name}`, { password: PASSWORD }]);
  }
  for (const name of TOKENS) {
    const made = await administer("auth/token/create", {
      display_name: name,
      policies: [name],
      no_parent: true,
    });
    actors.get(name)?.holds(textAt(made, "auth", "client_token"), `name:token-${name}`);
  }
  await readsNameless(script, root);
  // Not of a secret, but of the engine.
  await root.does({ method: "GET", path: "kv/config", operation: "describe" });
  return { root, actors, credentials };
}

/** Two tokens that nobody named: the device has each under a hash of its accessor. */
async function readsNameless(script: Script, root: Actor): Promise<void> {
  for (const nth of [1, 2]) {
    const actor = script.actor(`nameless-${nth}`, "127.0.0.9");
    const path = "auth/token/create";
    const made = await root.does({
      method: "POST",
      path,
      body: { policies: ["w3"] },
      operation: "administer",
    });
    const input = textAt(made, "auth", "accessor");
    const hash = { method: "POST", path: "sys/audit-hash/file", body: { input } } as const;
    const hashed = await root.does({ ...hash, operation: "administer" });
    actor.holds(textAt(made, "auth", "client_token"), `token:${textAt(hashed, "data", "hash")}`);
    await reads(actor, "kv/data/payments/master");
  }
}

/** What one identity does in one part of a day beside what it always does. */
const KINDS = ["read", "list", "describe", "write", "lookup", "seal", "open", "denied", "typo"] as const;
type Kind = (typeof KINDS)[number];

/** So often in one part of a day at most, so that no burst comes about by chance. */
const LIMITS: Readonly<Partial<Record<Kind, number>>> = { denied: 3, typo: 1 };

/** All that is usual, `operations` in all, in which the oddities of `odd` stand: day and time → what. */
export async function load(
  script: Script,
  cast: Cast,
  random: Random,
  operations: number,
  odd: ReadonlyMap<string, () => Promise<void>>,
): Promise<void> {
  const days = [...Array.from({ length: LAST_DAY }, (_, index) => index + 1), DAY_BACK];
  const parts = days.flatMap((day) =>
    TIMES.map((time, index) => ({ day, begun: instant(day, time), isMorning: index === 0 })),
  );
  const share = Math.max(0, Math.round(operations / parts.length / USUAL.length) - 2);
  for (const [turn, { day, begun, isMorning }] of parts.entries()) {
    await script.phase(begun, async () => {
      if (day === DAY_BACK && isMorning) await odd.get("back")?.();
      // What each does is drawn before, whoever comes first at the server.
      const kinds = USUAL.map(() =>
        Array.from({ length: share + random.between(0, 1) }, () => random.pick(KINDS)),
      );
      await Promise.all(
        USUAL.map(async (name, index) => {
          const actor = actorOf(cast, name);
          const login = cast.credentials.get(name);
          if (isMorning && login !== undefined) await actor.logsIn(...login);
          const secrets = secretsOf(name);
          for (const nth of [2 * turn, 2 * turn + 1]) await reads(actor, secrets[nth % secrets.length]);
          await rest(cast, actor, kinds[index] ?? []);
        }),
      );
      await odd.get(begun)?.();
    });
    const night = odd.get(instant(day + 1, NIGHT));
    if (!isMorning && night !== undefined) await script.phase(instant(day + 1, NIGHT), night);
  }
}

async function rest(cast: Cast, actor: Actor, kinds: readonly Kind[]): Promise<void> {
  const { name } = actor;
  const counts = new Map<Kind, number>();
  for (const [index, kind] of kinds.entries()) {
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    const login = cast.credentials.get(name);
    const isMuch = count > (LIMITS[kind] ?? Infinity) || (kind === "typo" && login === undefined);
    // Whoever shall read in bulk one day reads little before.
    const does = isMuch || (kind === "read" && name === "ada") ? "lookup" : kind;
    const secret = `${name}/s${1 + (index % 5)}`;
    if (does === "read") await reads(actor, `kv/data/${secret}`);
    else if (does === "typo" && login !== undefined)
      await actor.failsToLogIn(login[0], { ...login[1], password: "wrong", secret_id: "wrong" });
    else if (does !== "typo") await actor.does(callOf(does, secret, count));
  }
}

function callOf(
  kind: Exclude<Kind, "read" | "typo">,
  secret: string,
  count: number,
): Parameters<Actor["does"]>[0] {
  const [name = ""] = secret.split("/");
  switch (kind) {
    case "list":
      return { method: "LIST", path: `kv/metadata/${name}/`, operation: "list" };
    case "describe":
      return { method: "GET", path: `kv/metadata/${secret}`, operation: "describe" };
    case "write":
      return {
        method: "POST",
        path: `kv/data/${secret}`,
        body: { data: { value: "new" } },
        operation: "write",
      };
    case "lookup":
      return { method: "GET", path: "auth/token/lookup-self", operation: "describe" };
    case "seal":
      return { method: "POST", path: "transit/encrypt/box", body: { plaintext: "YQ==" }, operation: "other" };
    case "open":
      return {
        method: "POST",
        path: "transit/decrypt/box",
        body: { ciphertext: "vault:v1:none" },
        operation: "decrypt",
        outcome: "failed",
      };
    case "denied":
      return { method: "GET", path: `kv/data/private/x${count}`, operation: "read", outcome: "denied" };
  }
}

export function actorOf({ actors }: Cast, name: string): Actor {
  const actor = actors.get(name);
  if (actor === undefined) throw new Error(`no actor ${name}`);
  return actor;
}

export async function reads(actor: Actor, path = "", from?: string): Promise<void> {
  await actor.does({ method: "GET", path, operation: "read" }, from);
}

/**
 * What a finding has to be: its detection, who or where, and how many events; undefined where that depends on what else was done in
 * the hour, or on which failures fell into one millisecond.
 */
export type Expected = readonly [detection: string, who: string, events: number | undefined];

/** One deed for each detection that one server's log can show, and what has to be found of it. */
export function oddities(
  script: Script,
  cast: Cast,
): {
  readonly odd: Map<string, () => Promise<void>>;
  readonly expected: () => Expected[];
} {
  const [one, two] = TIMES;
  const who = (name: string): Actor => actorOf(cast, name);
  const administers = async (path: string, body?: Record<string, unknown>): Promise<void> => {
    const method = body === undefined ? "DELETE" : "POST";
    await who("dan").does({ method, path, ...(body === undefined ? {} : { body }), operation: "administer" });
  };
  const stranger = script.actor("stranger", "127.0.0.200");
  const odd = new Map<string, () => Promise<void>>([
    [
      instant(9, one),
      async () => {
        // A new version; two days later somebody still takes the one before.
        const body = { data: { value: "second" } };
        for (const name of ["w2", "w6"])
          await who(name).does({ method: "POST", path: `kv/data/${name}/s0`, body, operation: "write" });
      },
    ],
    [
      instant(9, two),
      async () => {
        for (const path of secretsOf("ada")) await reads(who("ada"), path);
      },
    ],
    [
      instant(10, one),
      async () => {
        await administers("sys/policies/acl/w1", { policy: policyOf("nothing") });
        for (let times = 0; times < 3; times += 1)
          await who("w1").does({
            method: "GET",
            path: "kv/data/w1/s0",
            operation: "read",
            outcome: "denied",
          });
        await administers("sys/policies/acl/w1", { policy: policyOf("w1") });
        await reads(who("w1"), "kv/data/w1/s0");
      },
    ],
    [
      instant(10, two),
      async () => {
        for (let nth = 0; nth < 12; nth += 1) {
          const path = `kv/data/payments/p${nth}`;
          await who("t1").does({ method: "GET", path, operation: "read", outcome: "denied" });
        }
      },
    ],
    [
      instant(11, one),
      async () => {
        await reads(who("w2"), "kv/data/w2/s0?version=1");
        // What is left of a secret may be read.
        const old = { versions: [1] };
        await who("w6").does({ method: "PUT", path: "kv/destroy/w6/s0", body: old, operation: "delete" });
        await reads(who("w6"), "kv/data/w6/s0");
        await who("dan").does({ method: "DELETE", path: "kv/data/dan/doomed", operation: "delete" });
      },
    ],
    [
      instant(11, two),
      async () => {
        const login = "auth/userpass/login";
        for (let times = 0; times < 12; times += 1)
          await stranger.failsToLogIn(`${login}/bob`, { password: "guess" });
        for (let times = 0; times < 12; times += 1)
          await stranger.failsToLogIn(
            `${login}/carol`,
            { password: "guess" },
            `127.0.0.${201 + (times % 3)}`,
          );
      },
    ],
    [
      instant(12, one),
      async () => {
        await who(GLASS).logsIn(...(cast.credentials.get(GLASS) ?? ["", {}]));
        await reads(who(GLASS), "kv/data/payments/master");
        await cast.root.does({ method: "GET", path: "auth/token/lookup-self", operation: "describe" });
      },
    ],
    [
      instant(12, two),
      async () => {
        await reads(who("bea"), "kv/data/bea/s0", "127.9.9.9");
        await reads(who("w3"), "kv/data/payments/master");
      },
    ],
    [
      instant(13, NIGHT),
      async () => {
        await reads(who("cai"), "kv/data/cai/s0");
        await reads(who("w4"), "kv/data/w4/s0");
      },
    ],
    [
      instant(LAST_DAY, two),
      async () => {
        const path = "sys/audit/file";
        await who("dan").does({ method: "DELETE", path, operation: "administer", outcome: "unanswered" });
        // Nothing of these stands in the log: what happens in a silence is not known.
        for (const name of ["ada", "w5", "t2"])
          await who(name).does({
            method: "GET",
            path: `kv/data/${name}/s0`,
            operation: "read",
            unlogged: true,
          });
      },
    ],
    [
      "back",
      async () => {
        script.triesDevice();
        await administers("sys/audit/file", { type: "file", options: { file_path: "audit-file.log" } });
      },
    ],
  ]);
  const key = (name: string): string => who(name).key;
  const expected = (): Expected[] => [
    ["bulk_read", key("ada"), MANY],
    ["denied_then_allowed", key("w1"), 3],
    ["privileged_operation", key("dan"), 2],
    ["denied_burst", key("t1"), undefined],
    ["deprecated_read", key("w2"), 1],
    ["privileged_operation", key("w6"), 1],
    ["privileged_operation", key("dan"), 1],
    ["auth_failure_burst", "127.0.0.200", undefined],
    ["auth_failure_burst", "-", undefined],
    ["break_glass_used", key(GLASS), 2],
    ["new_reader", key(GLASS), 1],
    ["break_glass_used", "name:root", 1],
    ["new_network", key("bea"), 1],
    ["new_reader", key("w3"), 1],
    ["off_hours", key("cai"), 1],
    ["privileged_operation", key("dan"), 1],
    ["privileged_operation", key("dan"), 1],
    ["silent_log", "-", 0],
  ];
  return { odd, expected };
}
