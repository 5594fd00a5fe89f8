import type { AclRule, FactKind } from "../../../facts/index.ts";
import type { Drafting, Register } from "../../drafting.ts";
import type { Spot } from "../../text/node.ts";

/** What is known of a policy of which nobody says who holds it, nor what is mounted where its rules point. */
export const POLICY_HOLDER_KINDS: readonly FactKind[] = ["policy_document"];

export interface LonePolicy {
  readonly name: string;
  readonly text: string;
  /** Absent where its text is not known, or is no policy. */
  readonly rules?: readonly AclRule[];
  readonly address: string;
  readonly spot: Spot;
  readonly spotOf: (rule: AclRule) => Spot | undefined;
  /** The source's unless said: that of the policy's namespace. */
  readonly scope?: string;
}

/**
 * A policy and somebody who holds it and nothing else, over an estate that is made up of what its own rules name: a rule for `app/data/*`
 * shows that a KV engine is mounted at `app/`. What the holder may do there the policy gives, whoever holds it; what it may not do
 * proves nothing, since other paths may be mounted. Returns the holder's fact id. The holder is a token, of which nothing but its policies is judged.
 */
export function declarePolicyHolder(drafting: Drafting, register: Register, policy: LonePolicy): string {
  const { name, text, address, spot, spotOf, scope = drafting.source } = policy;
  const within = { drafting, scope };
  const { rules = [] } = policy;
  if (policy.rules !== undefined)
    drafting.add("policy_document", {
      id: idIn(within, `sys/policies/acl/${name}`),
      scope,
      name,
      policy_type: "acl",
      text,
      ext: { hashicorp: { rules: [...rules] } },
    });
  for (const rule of rules) estateOf(within, rule);
  const id = idIn(within, `policy-holder/${name}`);
  drafting.standIn("token", {
    id,
    scope,
    accessor: `policy-holder/${name}`,
    display_name: `policy ${name}`,
    path: "auth/token/create",
    policies: [name],
    identity_policies: [],
    root: false,
    orphan: true,
    token_type: "service",
    created_at: "1970-01-01T00:00:00Z",
    // Nothing is said of how long whoever holds the policy does.
    ttl_s: 1,
    explicit_max_ttl_s: 1,
    num_uses: 0,
    labels: {},
    collector: false,
  });
  register.declare(id, address, spot);
  register.policy(idIn(within, `sys/policies/acl/${name}`), spot);
  for (const rule of rules) {
    const place = spotOf(rule);
    if (place !== undefined) register.rule(id, `${name}:${rule.line}`, place);
  }
  return id;
}

/** Where what is made up is: a namespace of a source. */
interface Within {
  readonly drafting: Drafting;
  readonly scope: string;
}

function idIn({ drafting, scope }: Within, path: string): string {
  return drafting.id(scope === drafting.source ? path : `${scope.slice(drafting.source.length + 1)}/${path}`);
}

/** Below these no engine can be mounted. */
const BUILT_IN = new Set(["auth", "cubbyhole", "identity", "sys"]);

/** A name that stands for whatever a wildcard covers. */
const ANY = "any";

/** What a rule shows to be there, by the paths that each engine's requests have. One that gives nothing shows nothing. */
function estateOf(within: Within, { path, capabilities }: AclRule): void {
  if (capabilities.length === 0 || capabilities[0] === "deny") return;
  const written = path.replace(/^\//, "").replace(/\{\{.*?\}\}/g, ANY);
  const segments = written.split("/");
  if (BUILT_IN.has(segments[0] ?? "")) return;
  const filled = segments.map((one) => (one === "+" ? ANY : one.replace(/\*$/, ANY)));
  const literal = (count: number): boolean => segments.slice(0, count).every((one) => !/[+*]/.test(one));
  // A rule over everything, and one that leaves the mount open, cover a mount of any name.
  if (!literal(1)) {
    kv2(within, `${ANY}/`, ANY);
    return;
  }
  const at = segments.findIndex((one, place) => place > 0 && REQUESTS.has(one));
  if (at > 0 && literal(at) && segments.length > at + 1) {
    const mount = `${filled.slice(0, at).join("/")}/`;
    REQUESTS.get(segments[at] ?? "")?.(within, mount, filled.slice(at + 1).join("/") || ANY);
  } else if (segments.length === 2 && segments[1] === "*") whole(within, `${filled[0] ?? ANY}/`);
}

type Engine = (within: Within, mount: string, name: string) => void;

/** Engines whose values are not secrets in store: which it is, its usual name tells. */
const OTHER_ENGINES = /^(?:aws|azure|consul|database|gcp|kubernetes|ldap|nomad|pki|ssh|totp|transit)/;

function mounted(
  within: Within,
  mount: string,
  engine: { readonly engine: string; readonly engine_version?: string },
): void {
  within.drafting.standIn("mount", { scope: within.scope, id: idIn(within, mount), path: mount, ...engine });
}

/** All of what is mounted there, whichever engine it is. */
function whole(within: Within, mount: string): void {
  if (OTHER_ENGINES.test(mount)) {
    mounted(within, mount, { engine: ANY });
    return;
  }
  kv2(within, mount, ANY);
}

function kv2(within: Within, mount: string, name: string): void {
  mounted(within, mount, { engine: "kv", engine_version: "2" });
  within.drafting.standIn("secret", {
    scope: within.scope,
    id: idIn(within, `${mount}${name}`),
    mount,
    name,
    secret_type: "kv",
  });
}

function credentials(within: Within, mount: string, name: string): void {
  mounted(within, mount, { engine: "database" });
  within.drafting.standIn("dynamic_role", {
    scope: within.scope,
    id: idIn(within, `${mount}roles/${name}`),
    mount,
    name,
    engine: "database",
  });
}

function staticCredentials(within: Within, mount: string, name: string): void {
  mounted(within, mount, { engine: "database" });
  const id = idIn(within, `${mount}static-roles/${name}`);
  within.drafting.standIn("secret", {
    scope: within.scope,
    id,
    mount,
    name,
    secret_type: "database_static_role",
  });
}

function keys(within: Within, mount: string, name: string): void {
  within.drafting.standIn("mount", {
    scope: within.scope,
    id: idIn(within, mount),
    path: mount,
    engine: "transit",
  });
  const key = name.split("/")[0] ?? ANY;
  const id = idIn(within, `${mount}keys/${key}`);
  within.drafting.standIn("key", {
    scope: within.scope,
    id,
    mount,
    name: key,
    key_type: "aes256-gcm96",
    exportable: false,
  });
}

function certificates(within: Within, mount: string, name: string): void {
  within.drafting.standIn("mount", {
    scope: within.scope,
    id: idIn(within, mount),
    path: mount,
    engine: "pki",
  });
  const id = idIn(within, `${mount}roles/${name}`);
  within.drafting.standIn("certificate_role", {
    scope: within.scope,
    id,
    mount,
    name,
    allow_any_name: false,
    allowed_domains: [],
  });
}

/**
 * The first segments below a mount of the requests that no other engine answers. Sources: the API documentation of KV version 2, of
 * the engines that hand out credentials, of transit and PKI. `sign` both transit and PKI have, so it shows neither.
 */
const REQUESTS: ReadonlyMap<string, Engine> = new Map<string, Engine>([
  ["data", kv2],
  ["creds", credentials],
  ["static-creds", staticCredentials],
  ["decrypt", keys],
  ["encrypt", keys],
  ["issue", certificates],
]);
