import type { AclRule } from "../../facts/index.ts";
import { capabilitySet, DENY, type CapabilitySet } from "./capability.ts";
import { policyName, type Dialect, type Identity } from "./identity.ts";
import { byteText, covering, patternOf, type Pattern } from "./pattern.ts";
import { resolvePath, type Now, type Resolved } from "./template.ts";

/** A policy as it stands in the store. */
export interface AclPolicy {
  readonly name: string;
  readonly rules: readonly AclRule[];
}

/** Where a merged rule comes from. */
export interface RuleSource {
  readonly policy: string;
  readonly rule: AclRule;
}

type Values = ReadonlyMap<string, readonly unknown[]>;

/** All rules on one identical path, merged. */
export interface MergedRule {
  readonly pattern: Pattern;
  capabilities: CapabilitySet;
  /** In policy order; only the denying ones once a rule denies. */
  sources: RuleSource[];
  /** Those that a denying one leaves without effect. */
  overruled: RuleSource[];
  allowed: Values | undefined;
  denied: Values | undefined;
  required: readonly string[];
  /** 0: no limit. */
  minWrappingS: number;
  maxWrappingS: number;
  mfaMethods: readonly string[];
  controlGroup: AclRule["control_group"];
  paginationLimit: number;
}

export interface Acl {
  readonly dialect: Dialect;
  /** The `root` policy, alone. */
  readonly root: boolean;
  readonly rules: ReadonlyMap<string, MergedRule>;
  /** Rules whose path depends on the time of the request. */
  readonly timed: readonly RuleSource[];
  /** Set when the server cannot build the list and answers every request with an error. */
  readonly broken: string | undefined;
}

export interface AclOptions {
  readonly dialect: Dialect;
  readonly identity?: Identity | undefined;
  readonly now?: Now;
  /** Of all policies, with its trailing slash; empty for the root namespace. */
  readonly namespace?: string;
  /** Puts values into a rule path; by the identity and time above unless another way is given, which may be several ways. */
  readonly resolve?: (path: string) => Resolved | readonly Resolved[];
}

/**
 * Builds the list that decides a token's requests. `policies` are those that exist, in the order token, identity;
 * names that the store does not know are the caller's to leave out, as the server does.
 * Source: Vault 1.21 `vault/acl.go` NewACL.
 */
export function buildAcl(policies: readonly AclPolicy[], options: AclOptions): Acl {
  const { identity, dialect, now } = options;
  const resolve = options.resolve ?? ((path: string) => resolvePath(path, identity, dialect, now));
  const root = policies.some((policy) => policyName(policy.name) === "root");
  const rules = new Map<string, MergedRule>();
  const timed: RuleSource[] = [];
  let broken = root && policies.length > 1 ? "policy root stands beside others" : undefined;
  for (const policy of policies) {
    for (const rule of policy.rules) {
      if (expired(rule, now)) continue;
      const source = { policy: policy.name, rule };
      for (const resolved of [resolve(rule.path)].flat()) {
        if ("timed" in resolved) timed.push(source);
        if (!("path" in resolved)) continue;
        const pattern = patternOf(resolved.path, options.namespace);
        // A value such as "+*" brought in by a template makes the whole list fail.
        if (pattern === undefined) broken ??= `policy ${policy.name} line ${rule.line} resolves to "+*"`;
        else add(rules, apart(pattern, resolved.unfilled), source, dialect);
      }
    }
  }
  return { dialect, root, rules, timed, broken };
}

/** What templates could become is not what they will: such a rule merges with those of the same template alone. */
function apart(pattern: Pattern, template: string | undefined): Pattern {
  return template === undefined ? pattern : { ...pattern, key: `${pattern.key}\n${template}` };
}

function expired(rule: AclRule, now: Now): boolean {
  if (rule.expiration === undefined || now === undefined) return false;
  return now > expirationSeconds(rule.expiration);
}

/** An OpenBao expiration in seconds since 1970. */
export function expirationSeconds(text: string): number {
  return /^[+-]?\d+$/.test(text) ? Number(text) : Date.parse(text) / 1000;
}

function add(rules: Map<string, MergedRule>, pattern: Pattern, source: RuleSource, dialect: Dialect): void {
  const existing = rules.get(pattern.key);
  if (existing === undefined) rules.set(pattern.key, fresh(pattern, source));
  else if ((existing.capabilities & DENY) === 0) merge(existing, source, dialect);
  else if (source.rule.capabilities[0] === "deny") existing.sources.push(source);
  else existing.overruled.push(source);
}

function fresh(pattern: Pattern, source: RuleSource): MergedRule {
  const { rule } = source;
  return {
    pattern,
    capabilities: capabilitySet(rule.capabilities),
    sources: [source],
    overruled: [],
    allowed: valuesOf(rule.allowed_parameters),
    denied: valuesOf(rule.denied_parameters),
    required: rule.required_parameters ?? [],
    minWrappingS: Math.max(0, rule.min_wrapping_ttl_s ?? 0),
    maxWrappingS: Math.max(0, rule.max_wrapping_ttl_s ?? 0),
    mfaMethods: rule.mfa_methods ?? [],
    controlGroup: rule.control_group,
    paginationLimit: rule.pagination_limit ?? 0,
  };
}

/** Capabilities unite and any deny wins; limits grow together, so a second policy can narrow the first. */
function merge(into: MergedRule, source: RuleSource, dialect: Dialect): void {
  const next = fresh(into.pattern, source);
  if ((next.capabilities & DENY) !== 0) {
    into.capabilities = DENY;
    into.overruled.push(...into.sources);
    into.sources = [source];
    return;
  }
  into.capabilities |= next.capabilities;
  into.sources.push(source);
  into.minWrappingS = smallestPositive(into.minWrappingS, next.minWrappingS);
  into.maxWrappingS = smallestPositive(into.maxWrappingS, next.maxWrappingS);
  into.paginationLimit = smallestPositive(into.paginationLimit, next.paginationLimit);
  into.allowed = united(into.allowed, next.allowed);
  into.denied = united(into.denied, next.denied);
  into.required = [...new Set([...into.required, ...next.required])];
  into.mfaMethods = [...new Set([...into.mfaMethods, ...next.mfaMethods])];
  // OpenBao keeps the first rule's control group and drops later ones; Vault asks for all.
  if (dialect === "vault") into.controlGroup = bothGroups(into.controlGroup, next.controlGroup);
}

function smallestPositive(a: number, b: number): number {
  return a > 0 && b > 0 ? Math.min(a, b) : Math.max(a, b);
}

function valuesOf(record: Readonly<Record<string, readonly unknown[]>> | undefined): Values | undefined {
  return record === undefined ? undefined : new Map(Object.entries(record));
}

/** The lists of one parameter join, but an empty list (any value) swallows the others. */
function united(a: Values | undefined, b: Values | undefined): Values | undefined {
  if (b === undefined || b.size === 0) return a;
  const result = new Map(a ?? []);
  for (const [name, values] of b) {
    const before = result.get(name);
    const any = values.length === 0 || before?.length === 0;
    result.set(name, any ? [] : [...values, ...(before ?? [])]);
  }
  return result;
}

function bothGroups(a: AclRule["control_group"], b: AclRule["control_group"]): AclRule["control_group"] {
  if (a === undefined || b === undefined) return a ?? b;
  return { ...a, factors: [...a.factors, ...b.factors] };
}

/**
 * The rule that decides a path. A LIST (and OpenBao's SCAN) also looks without the trailing slash: at exact rules
 * after the path itself, at wildcard rules before it in Vault and after it in OpenBao. `sys/capabilities` looks the
 * same way as a LIST, whatever is asked. Source: `AllowOperation` in both products.
 */
export function decidingRule(acl: Acl, path: string, listing: boolean): MergedRule | undefined {
  const full = byteText(path.replace(/^\/+/, ""));
  const trimmed = full.replace(/\/$/, "");
  const exact = acl.rules.get(`exact:${full}`) ?? (listing ? acl.rules.get(`exact:${trimmed}`) : undefined);
  if (exact !== undefined || !listing || trimmed === full) return exact ?? wildcardRule(acl, full);
  const [first, second] = acl.dialect === "vault" ? [trimmed, full] : [full, trimmed];
  return wildcardRule(acl, first) ?? wildcardRule(acl, second);
}

function wildcardRule(acl: Acl, path: string): MergedRule | undefined {
  const patterns = acl.rules.values().map((rule) => rule.pattern);
  const winner = covering(
    patterns.filter((pattern) => pattern.kind !== "exact"),
    path,
  )[0];
  return winner === undefined ? undefined : acl.rules.get(winner.key);
}
