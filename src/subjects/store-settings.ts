import { acmeServes, speaksForLogins } from "../access/index.ts";
import { compareStrings, isLoopback } from "../base/index.ts";
import type { Fact, FactKind, FactOf } from "../facts/index.ts";
import { mountKey, present } from "./context.ts";
import type { SubjectOf } from "./schema.ts";

type Store = SubjectOf<"store">;
type Directory = Store["directories"][number];
type Shown = Pick<
  Store,
  | "acme_bound_count"
  | "acme_count"
  | "acme_open"
  | "acme_open_count"
  | "connection_count"
  | "connection_for_any_role_count"
  | "connections"
  | "connections_for_any_role"
  | "directories"
  | "password_policies"
>;

/** Most directories and password policies that a store's document shows, the worst first. */
const MAX_LISTED = 16;

/** Most connections that a store's document names; the counts are over all. */
const MAX_NAMED = 8;

/** Vault takes the names of roles as globs; of one without anything but stars all roles are. Source: `StrListContainsGlob`. */
const ANY_ROLE = /^\*+$/;

/** The least safe first; what is not known may be as bad. */
const BY_SAFETY: readonly Directory["protection"][] = ["plain", "unverified", undefined, "local", "verified"];

/** Who may have certificates by ACME. Absent: not known; accounts may be there from before one was asked for more. */
type Enrolment = "bound" | "open" | undefined;

/** Who may have certificates of an authority by ACME; `forbid` closes the directory without a role alone. */
function enrolmentOf(config: FactOf<"acme_config">, roles: readonly FactOf<"certificate_role">[]): Enrolment {
  const { eab_policy, default_directory_policy } = config;
  if (eab_policy === "always-required") return "bound";
  const usable = roles.some((role) => acmeServes(config, role));
  if (default_directory_policy === "forbid" && !usable) return "bound";
  return eab_policy === "not-required" ? "open" : undefined;
}

/** The authorities that issue by ACME: how many, and those that do so to anyone. */
function acmeOf(
  configs: readonly FactOf<"acme_config">[],
  roles: readonly FactOf<"certificate_role">[],
): {
  readonly shown: Pick<Store, "acme_bound_count" | "acme_count" | "acme_open" | "acme_open_count">;
  readonly facts: readonly Fact[];
} {
  const rolesOf = Map.groupBy(roles, ({ scope, mount }) => mountKey(scope, mount));
  const enabled = configs
    .filter((config) => config.enabled)
    .map((fact) => ({ fact, who: enrolmentOf(fact, rolesOf.get(mountKey(fact.scope, fact.mount)) ?? []) }))
    .toSorted((a, b) => compareStrings(a.fact.id, b.fact.id));
  const open = enabled.filter(({ who }) => who === "open").map(({ fact }) => fact);
  const named = open.slice(0, MAX_NAMED);
  return {
    shown: {
      acme_count: enabled.length,
      acme_bound_count: enabled.filter(({ who }) => who === "bound").length,
      acme_open_count: open.length,
      acme_open: named.map(pathOf),
    },
    facts: [...named, ...enabled.map(({ fact }) => fact).slice(0, MAX_NAMED)],
  };
}

/** Those that make the shortest passwords, and those of the least entropy: whichever limit is asked for, who breaks it is there. */
function weakest(policies: readonly FactOf<"password_policy">[]): FactOf<"password_policy">[] {
  const least = (by: "length" | "bits") =>
    policies
      .toSorted((a, b) => (a[by] ?? 0) - (b[by] ?? 0) || compareStrings(a.id, b.id))
      .slice(0, MAX_LISTED / 2);
  return [...new Set([...least("length"), ...least("bits")])];
}

/** What a store is told of others: whom it asks about people, whose passwords it sets, who may have its certificates. */
export function settingsOf(here: <K extends FactKind>(kind: K) => readonly FactOf<K>[]): {
  readonly shown: Shown;
  /** Those of them that are shown by name. */
  readonly facts: readonly Fact[];
} {
  const directories = here("auth_config")
    .filter((fact) => speaksForLogins(fact) || vouchers(fact).length > 0)
    .map((fact) => ({ fact, made: speaksForLogins(fact) ? directoryOf(fact) : voucherOf(fact) }))
    .toSorted((a, b) => safety(a.made) - safety(b.made) || compareStrings(a.fact.id, b.fact.id))
    .slice(0, MAX_LISTED);
  const policies = weakest(here("password_policy"));
  const connections = here("connection");
  const shown = connections
    .toSorted((a, b) => safety(a) - safety(b) || compareStrings(a.id, b.id))
    .slice(0, MAX_LISTED);
  const open = connections.filter(({ allowed_roles }) => allowed_roles.some((one) => ANY_ROLE.test(one)));
  const named = open.toSorted((a, b) => compareStrings(a.id, b.id)).slice(0, MAX_NAMED);
  const acme = acmeOf(here("acme_config"), here("certificate_role"));
  return {
    shown: {
      ...acme.shown,
      directories: directories.map(({ made }) => made),
      password_policies: policies.map((fact) => ({
        path: pathOf(fact),
        ...present({ length: fact.length, bits: fact.bits }),
      })),
      connection_count: connections.length,
      connections: shown.map((fact) => ({
        path: pathOf(fact),
        plugin: fact.plugin,
        ...present({ protection: fact.protection }),
      })),
      connection_for_any_role_count: open.length,
      connections_for_any_role: named.map(pathOf),
    },
    facts: [...directories.map(({ fact }) => fact), ...policies, ...shown, ...named, ...acme.facts],
  };
}

/** Namespace and path; the store's own id goes before. */
function pathOf({ id, store_id }: { readonly id: string; readonly store_id: string }): string {
  return id.slice(store_id.length + 1);
}

function safety({ protection }: Pick<Directory, "protection">): number {
  return BY_SAFETY.indexOf(protection);
}

/** By the address that is the least safe: the next is tried where one does not answer. */
function directoryOf(fact: FactOf<"auth_config">): Directory {
  const { url } = fact.settings;
  const addresses =
    typeof url === "string"
      ? url
          .split(",")
          .map((one) => one.trim())
          .filter((one) => one !== "")
      : [];
  const places = addresses.map((address) => BY_SAFETY.indexOf(protectionOf(address, fact.settings)));
  return { path: pathOf(fact), addresses, ...present({ protection: BY_SAFETY[Math.min(...places)] }) };
}

/**
 * Addresses of those who vouch for whoever logs in: where an issuer of tokens keeps its keys, or the API of a Kubernetes
 * cluster. An empty setting is none.
 */
function vouchers({ method, settings }: FactOf<"auth_config">): unknown[] {
  const { jwks_pairs: pairs = [], jwks_url, oidc_discovery_url, kubernetes_host } = settings;
  if (method === "kubernetes") return [kubernetes_host].filter(isSet);
  if (method !== "jwt" && method !== "oidc") return [];
  const more: readonly unknown[] = Array.isArray(pairs) ? pairs : [pairs];
  return [jwks_url, oidc_discovery_url, ...more.map(keysOf)].filter(isSet);
}

/** Of a pair of an address of keys and its authority; anything else stays as it is, and is no address. */
function keysOf(pair: unknown): unknown {
  return typeof pair === "object" && pair !== null && "jwks_url" in pair ? pair.jwks_url : pair;
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== "";
}

function voucherOf(fact: FactOf<"auth_config">): Directory {
  const asked = vouchers(fact);
  const places = asked.map((address) => BY_SAFETY.indexOf(webProtection(address)));
  return {
    path: pathOf(fact),
    addresses: asked.filter((address) => typeof address === "string"),
    ...present({ protection: BY_SAFETY[Math.min(...places)] }),
  };
}

/** Vault always looks at the certificate that such a server shows. */
function webProtection(address: unknown): Directory["protection"] {
  const url = typeof address === "string" ? URL.parse(address) : null;
  if (url?.protocol === "https:") return "verified";
  if (url?.protocol !== "http:") return undefined;
  return isLoopback(url.hostname) ? "local" : "plain";
}

/** An address that every parser of URLs reads alike: nothing in it that one takes for the end of a host and another does not. */
const PLAIN_ADDRESS = /^ldaps?:\/\/[\w.:@[\]-]+(?:\/[\w.,=%-]*)?$/i;

/**
 * As Vault's LDAP client connects: STARTTLS counts for `ldap:` alone, and `insecure_tls` takes whoever answers. A setting of
 * another shape is as good as unread. What is badly written, or holds more than a host, is never taken for safe.
 */
function protectionOf(address: string, settings: Readonly<Record<string, unknown>>): Directory["protection"] {
  const url = PLAIN_ADDRESS.test(address) ? URL.parse(address) : null;
  const { insecure_tls: takesAnyone, starttls: upgrades } = settings;
  if (!url?.hostname || typeof takesAnyone !== "boolean" || typeof upgrades !== "boolean") return undefined;
  const clean = !address.includes("@");
  if (isLoopback(url.hostname)) return clean ? "local" : undefined;
  if (url.protocol === "ldap:" && !upgrades) return "plain";
  if (takesAnyone) return "unverified";
  return clean ? "verified" : undefined;
}
