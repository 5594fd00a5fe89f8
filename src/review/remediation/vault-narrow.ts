import type { GrantAction } from "../../access/index.ts";
import { compareStrings } from "../../base/index.ts";
import type { AclCapability, AclRule, FactOf } from "../../facts/index.ts";

/** What of a thing is given or taken, by its id. */
export type ByTarget = ReadonlyMap<string, ReadonlySet<GrantAction>>;

/** A rule of a policy, with what it gives to whom the change is about, and what of that must go. */
export interface RuleUse {
  readonly gives: ByTarget;
  readonly takes: ByTarget;
}

type Engine = "kv_1" | "kv_2" | "transit";

/** A thing that rules are about, as its engine's requests name it. */
export interface Thing {
  readonly mount: string;
  readonly name: string;
  /** Undefined of engines whose requests are not told here. */
  readonly engine?: Engine;
}

/**
 * A policy without what must go. `nothing`: no rule is left. `text`: the whole policy, with the lines that go and come. `cannot`: no rules
 * say exactly that, in words why.
 */
export type Narrowed =
  | { readonly kind: "cannot"; readonly why: string }
  | { readonly kind: "nothing" }
  | {
      readonly kind: "text";
      readonly text: string;
      readonly diff: string;
      /** Of one rule that keeps some of its capabilities alone: which, and which. */
      readonly left?: { readonly rule: string; readonly capabilities: readonly string[] };
      /** Whether all that was done is to leave rules out. */
      readonly rulesOut: readonly string[];
      /** Rules in whose place single secrets are named: whatever else they cover is lost. */
      readonly named: readonly string[];
    };

/** Rules of single secrets that are put into one policy at most. */
const MAX_OWN_RULES = 200;

/** Which capabilities of a rule give an action, where a rule gives it by capabilities alone. */
const GIVES: Readonly<Partial<Record<GrantAction, readonly AclCapability[]>>> = {
  read: ["read"],
  list: ["list"],
  write: ["create", "update", "patch"],
  delete: ["delete"],
};

type Request = readonly [path: string, action: GrantAction, capabilities: readonly AclCapability[]];

/** Requests for one secret or key (the engines' API documentation). What is asked for seldom is not given: exports, backups, restores. */
const REQUESTS: Readonly<Record<Engine, readonly Request[]>> = {
  kv_1: [
    ["{name}", "read", ["read"]],
    ["{name}", "write", ["create", "update"]],
    ["{name}", "delete", ["delete"]],
  ],
  kv_2: [
    ["data/{name}", "read", ["read"]],
    ["data/{name}", "write", ["create", "update", "patch"]],
    ["data/{name}", "delete", ["delete"]],
    ["metadata/{name}", "list", ["read"]],
    ["metadata/{name}", "write", ["update", "patch"]],
    ["metadata/{name}", "delete", ["delete"]],
    ["subkeys/{name}", "list", ["read"]],
    ["undelete/{name}", "write", ["update"]],
    ["delete/{name}", "delete", ["update"]],
    ["destroy/{name}", "delete", ["update"]],
  ],
  transit: [
    ["decrypt/{name}", "read", ["update"]],
    ["datakey/plaintext/{name}", "read", ["update"]],
    ["keys/{name}", "list", ["read"]],
    ["keys/{name}/config", "write", ["update"]],
    ["encrypt/{name}", "write", ["update"]],
    ["rewrap/{name}", "write", ["update"]],
    ["sign/{name}", "write", ["update"]],
    ["hmac/{name}", "write", ["update"]],
    ["keys/{name}", "delete", ["delete"]],
    ["keys/{name}/rotate", "rotate", ["update"]],
  ],
};

/** Takes from the rules of a policy what must go. `uses` by {@link ruleKey}; a rule that is not in it stays as it is. */
export function narrowed(
  document: FactOf<"policy_document">,
  uses: ReadonlyMap<string, RuleUse>,
  thing: (id: string) => Thing | undefined,
): Narrowed {
  const rules = rulesOf(document);
  if (rules === undefined) return { kind: "cannot", why: `the rules of ${document.name} could not be read` };
  const parts: { readonly rule: AclRule; readonly becomes: readonly string[] | "same" }[] = [];
  const lefts: { rule: string; capabilities: readonly string[] }[] = [];
  for (const rule of rules) {
    const use = uses.get(ruleKey(rule.path, rule.line));
    if (use === undefined) {
      parts.push({ rule, becomes: "same" });
      continue;
    }
    const becomes = ruleWithout(rule, use, thing);
    if (becomes === undefined)
      return {
        kind: "cannot",
        why: `no rules say exactly what would be left of ${rule.path} in ${document.name}`,
      };
    if ("capabilities" in becomes) lefts.push({ rule: rule.path, capabilities: becomes.capabilities });
    parts.push({ rule, becomes: "capabilities" in becomes ? [becomes.line] : becomes.lines });
  }
  if (parts.every(({ becomes }) => becomes !== "same" && becomes.length === 0)) return { kind: "nothing" };
  const changed = parts.filter(({ becomes }) => becomes !== "same");
  const [left] = lefts;
  return {
    kind: "text",
    text: wholeText(document, parts),
    diff: diffOf(document, changed),
    ...(left !== undefined && changed.length === 1 ? { left } : {}),
    named: changed.flatMap(({ rule, becomes }) =>
      becomes.length > 0 && !lefts.some((one) => one.rule === rule.path) ? [rule.path] : [],
    ),
    rulesOut: changed.every(({ becomes }) => becomes.length === 0)
      ? changed.map(({ rule }) => rule.path)
      : [],
  };
}

/** Names a rule within its policy. */
export function ruleKey(rule: string, line: number | undefined): string {
  return `${line ?? 0}\n${rule}`;
}

export function rulesOf({ ext }: FactOf<"policy_document">): readonly AclRule[] | undefined {
  return (ext?.["hashicorp"] as { readonly rules?: readonly AclRule[] } | undefined)?.rules;
}

type Becomes =
  | { readonly capabilities: readonly AclCapability[]; readonly line: string }
  | { readonly lines: readonly string[] };

function ruleWithout(
  rule: AclRule,
  { gives, takes }: RuleUse,
  thing: (id: string) => Thing | undefined,
): Becomes | undefined {
  const left = new Map(
    [...gives].map(([id, actions]) => [id, [...actions].filter((one) => takes.get(id)?.has(one) !== true)]),
  );
  const taken = new Set([...takes.values()].flatMap((actions) => [...actions]));
  if ([...left.values()].every((actions) => actions.length === 0)) return { lines: [] };
  // A parameter or a condition of a rule is not carried over to others.
  if (isBound(rule)) return undefined;
  const isSame = [...gives].every(([id, actions]) =>
    [...actions].every((action) => !taken.has(action) || takes.get(id)?.has(action) === true),
  );
  const things = [...gives.keys()].map((id) => ({ id, of: thing(id) }));
  const isPlain =
    [...taken].every((action) => GIVES[action] !== undefined) &&
    things.every(
      ({ of }) =>
        of?.engine === "kv_1" ||
        (of?.engine === "kv_2" && rule.path.replace(/^\//, "").startsWith(`${of.mount}data/`)),
    );
  if (isSame && isPlain) {
    const going = new Set([...taken].flatMap((action) => GIVES[action] ?? []));
    const capabilities = rule.capabilities.filter((one) => !going.has(one));
    return capabilities.length === 0
      ? { lines: [] }
      : { capabilities, line: ruleText(rule.path, capabilities) };
  }
  return onlyWhatIsLeft(rule, left, things);
}

/** Rules of the single secrets of which something is left. */
function onlyWhatIsLeft(
  rule: AclRule,
  left: ReadonlyMap<string, readonly GrantAction[]>,
  things: readonly { readonly id: string; readonly of: Thing | undefined }[],
): Becomes | undefined {
  const given = new Map<string, Set<AclCapability>>();
  const pattern = patternOf(rule.path);
  const listed = new Map<string, boolean>();
  for (const { id, of } of things) {
    const actions = left.get(id) ?? [];
    if (of?.engine === undefined) {
      if (actions.length > 0) return undefined;
      continue;
    }
    const { engine, mount, name } = of;
    for (const [path, action, capabilities] of REQUESTS[engine]) {
      const full = mount + path.replace("{name}", () => name);
      const found = capabilities.filter((one) => rule.capabilities.includes(one));
      if (!actions.includes(action) || found.length === 0 || !pattern(full)) continue;
      given.set(full, new Set([...(given.get(full) ?? []), ...found]));
    }
    const folder = `${mount}${{ kv_1: "", kv_2: "metadata/", transit: "keys/" }[engine]}${name.slice(0, name.lastIndexOf("/") + 1)}`;
    // The names in a folder are shown together: only where all that is known there may be seen.
    listed.set(folder, (listed.get(folder) ?? true) && actions.includes("list"));
  }
  for (const [folder, all] of listed)
    if (all && rule.capabilities.includes("list") && pattern(folder)) given.set(folder, new Set(["list"]));
  if (given.size > MAX_OWN_RULES) return undefined;
  const lines = [...given]
    .sort(([a], [b]) => compareStrings(a, b))
    .map(([path, capabilities]) => ruleText(path, [...capabilities].sort(compareStrings)));
  return { lines };
}

/** Whether a request path is one that a rule's path covers: `+` for a segment, `*` at its end (Vault, "Policies"). */
function patternOf(path: string): (request: string) => boolean {
  const plain = path.replace(/^\//, "");
  const segments = plain.split("/");
  if (plain.includes("{{")) return () => false;
  return (request) => {
    const asked = request.split("/");
    const isPrefix = plain.endsWith("*");
    if (isPrefix ? asked.length < segments.length : asked.length !== segments.length) return false;
    return segments.every((segment, place) => {
      if (segment === "+") return true;
      if (isPrefix && place === segments.length - 1)
        return (asked[place] ?? "").startsWith(segment.slice(0, -1));
      return segment === asked[place];
    });
  };
}

const BOUNDS = [
  "allowed_parameters",
  "denied_parameters",
  "required_parameters",
  "min_wrapping_ttl_s",
  "max_wrapping_ttl_s",
  "mfa_methods",
  "control_group",
  "expiration",
  "subscribe_event_types",
] as const satisfies readonly (keyof AclRule)[];

function isBound(rule: AclRule): boolean {
  return BOUNDS.some((name) => rule[name] !== undefined);
}

function ruleText(rule: string, capabilities: readonly string[]): string {
  return `path ${JSON.stringify(rule)} { capabilities = ${JSON.stringify(capabilities).replaceAll('","', '", "')} }`;
}

interface Part {
  readonly rule: AclRule;
  readonly becomes: readonly string[] | "same";
}

/** The text with the rules' lines replaced; written anew where the lines are not there as they were read. */
function wholeText({ text }: FactOf<"policy_document">, parts: readonly Part[]): string {
  const lines = text.split("\n");
  const isThere = parts.every(
    ({ rule }, place) =>
      (lines[rule.line - 1] ?? "").includes("path") &&
      (parts[place + 1]?.rule.line ?? Infinity) > rule.end_line,
  );
  if (!isThere)
    return parts
      .flatMap(({ rule, becomes }) =>
        becomes === "same" ? [ruleText(rule.path, rule.capabilities)] : becomes,
      )
      .join("\n");
  for (const { rule, becomes } of parts.toReversed())
    if (becomes !== "same") lines.splice(rule.line - 1, rule.end_line - rule.line + 1, ...becomes);
  return lines.join("\n");
}

function diffOf({ name, text }: FactOf<"policy_document">, parts: readonly Part[]): string {
  const lines = text.split("\n");
  return [
    `--- policy ${name}`,
    `+++ policy ${name}`,
    ...parts.flatMap(({ rule, becomes }) => {
      const old = lines.slice(rule.line - 1, rule.end_line);
      const shown = (old[0] ?? "").includes("path") ? old : [ruleText(rule.path, rule.capabilities)];
      const added = becomes === "same" ? [] : becomes;
      return [`@@ line ${rule.line} @@`, ...shown.map((one) => `-${one}`), ...added.map((one) => `+${one}`)];
    }),
  ].join("\n");
}
