import { ACL_CAPABILITIES, type AclCapability, type AclRule } from "../facts/index.ts";
import { compareStrings } from "../base/index.ts";
import { controlGroup } from "./control-group.ts";
import { Fields } from "./decode.ts";
import { durationSeconds } from "./duration.ts";
import { parseItems } from "./items.ts";
import { hasTemplate } from "./template.ts";
import { BAD_ESCAPE, malformed, under, type Item } from "./tree.ts";

export type PolicyDialect = "vault" | "openbao";

export interface ParsedPolicy {
  /** In the order of the text. */
  readonly rules: AclRule[];
  /** True when a path holds `{{…}}`, so that the rules depend on who asks. */
  readonly templated: boolean;
}

export interface PolicyOptions {
  /** Stands in errors, as the file. */
  readonly name: string;
  readonly dialect?: PolicyDialect;
}

const TOP_KEYS = new Set(["name", "path"]);

const COMMON_KEYS = [
  "comment",
  "policy",
  "capabilities",
  "allowed_parameters",
  "denied_parameters",
  "required_parameters",
  "min_wrapping_ttl",
  "max_wrapping_ttl",
  "mfa_methods",
  "control_group",
];

const RULE_KEYS: Readonly<Record<PolicyDialect, ReadonlySet<string>>> = {
  vault: new Set([...COMMON_KEYS, "subscribe_event_types"]),
  openbao: new Set([...COMMON_KEYS, "pagination_limit", "expiration", "list_scan_response_keys_filter_path"]),
};

const DIALECT_ONLY: Readonly<Record<PolicyDialect, ReadonlySet<string>>> = {
  vault: new Set(["recover", "subscribe"]),
  openbao: new Set(["scan"]),
};

/** What the old `policy = "…"` stands for. */
const OLD_STYLE: Readonly<Record<string, readonly AclCapability[]>> = {
  deny: ["deny"],
  read: ["read", "list"],
  write: ["create", "read", "update", "delete", "list"],
  sudo: ["create", "read", "update", "delete", "list", "sudo"],
};

/**
 * Parses an ACL policy exactly as far as the server does: what it refuses is E_HCL with line and column, what it takes
 * is taken. Sources: Vault 1.21 `vault/policy.go`, OpenBao `internal/vault/policy/policy.go`, hashicorp/hcl v1.
 */
export function parsePolicy(text: string, { name, dialect = "vault" }: PolicyOptions): ParsedPolicy {
  const items = parseItems(name, text, { uniqueKeys: dialect === "vault" });
  const top = new Fields(name, items);
  top.only(TOP_KEYS);
  top.text("name");
  const found = under(items, "path");
  const rules = found.map((item, index) => ruleOf(name, dialect, item, index));
  return { rules, templated: rules.some((rule) => hasTemplate(rule.path) === true) };
}

function ruleOf(name: string, dialect: PolicyDialect, item: Item, index: number): AclRule {
  const { value, at } = item;
  // A block without a label stands for a path that is called "path".
  const path = item.keys[0] ?? "path";
  if (path === BAD_ESCAPE)
    throw malformed(name, at, "expected escapes that have a value, got one out of range");
  if (hasTemplate(path) === undefined)
    throw malformed(name, at, 'expected "{{" and "}}" in pairs, got one alone');
  if (value.kind !== "block")
    throw malformed(name, value.at, `expected a block for path "${path}", got a ${value.kind}`);
  const fields = new Fields(name, value.items);
  fields.only(RULE_KEYS[dialect]);
  if (path.replace(/^\//, "").includes("+*")) {
    fields.fail(at, `expected no "+*" in path "${path}", got one`, 'Write "+/*" or "*".');
  }
  const rule = restricted(fields, dialect, item, capabilitiesOf(fields, dialect, item));
  const place = { line: at.line, column: at.column, end_line: value.end.line, end_column: value.end.column };
  return { index, path, ...rule, ...place };
}

function capabilitiesOf(fields: Fields, dialect: PolicyDialect, { value, at }: Item): AclCapability[] {
  const given = fields.texts("capabilities") ?? [];
  const old = fields.text("policy") ?? "";
  const extra = old === "" ? [] : OLD_STYLE[old];
  if (extra === undefined)
    return fields.fail(at, `expected policy "read", "write", "sudo" or "deny", got "${old}"`);
  const capabilities = new Set<AclCapability>();
  for (const one of old === "deny" ? extra : [...given, ...extra]) {
    // What follows "deny" is not looked at.
    if (one === "deny") return ["deny"];
    if (!isCapability(one, dialect)) {
      fields.fail(value.at, `expected a capability of ${dialect}, got ${JSON.stringify(one)}`);
    }
    capabilities.add(one);
  }
  return [...capabilities].sort(compareStrings);
}

function isCapability(text: string, dialect: PolicyDialect): text is AclCapability {
  const other = DIALECT_ONLY[dialect === "vault" ? "openbao" : "vault"];
  return (ACL_CAPABILITIES as readonly string[]).includes(text) && !other.has(text);
}

type Restricted = Omit<AclRule, "index" | "path" | "line" | "column" | "end_line" | "end_column">;

/** Everything but path and place. A deny ends the server's reading before limits are checked, so they may be wrong there. */
function restricted(
  fields: Fields,
  dialect: PolicyDialect,
  item: Item,
  capabilities: AclCapability[],
): Restricted {
  const denies = capabilities[0] === "deny";
  const limits = {
    allowed_parameters: fields.lists("allowed_parameters"),
    denied_parameters: fields.lists("denied_parameters"),
    required_parameters: nonEmpty(fields.texts("required_parameters")),
    mfa_methods: nonEmpty(fields.texts("mfa_methods")),
    control_group: controlGroup(fields, dialect, item, capabilities),
    min_wrapping_ttl_s: duration(fields, "min_wrapping_ttl", item, denies),
    max_wrapping_ttl_s: duration(fields, "max_wrapping_ttl", item, denies),
  };
  const min = limits.min_wrapping_ttl_s ?? 0;
  const max = limits.max_wrapping_ttl_s ?? 0;
  if (!denies && min !== 0 && max !== 0 && max < min) {
    fields.fail(
      item.at,
      `expected max_wrapping_ttl of at least min_wrapping_ttl, got ${max} s against ${min} s`,
    );
  }
  const own =
    dialect === "vault"
      ? { subscribe_event_types: nonEmpty(fields.texts("subscribe_event_types")) }
      : openbaoOnly(fields, item, denies, capabilities);
  const expiration = "expiration" in own ? own.expiration : undefined;
  if (denies) return present({ capabilities, expiration });
  return present({ capabilities, ...limits, ...own });
}

function openbaoOnly(fields: Fields, item: Item, denies: boolean, capabilities: readonly string[]) {
  const expiration = fields.text("expiration") ?? "";
  if (expiration !== "" && !/^[+-]?\d+$/.test(expiration) && Number.isNaN(Date.parse(expiration))) {
    fields.fail(
      item.at,
      `expected expiration as RFC 3339 or seconds since 1970, got ${JSON.stringify(expiration)}`,
    );
  }
  const filter = fields.text("list_scan_response_keys_filter_path") ?? "";
  if (!denies && filter !== "" && !capabilities.includes("list")) {
    fields.fail(item.at, "expected capability list beside list_scan_response_keys_filter_path, got none");
  }
  return {
    expiration: expiration === "" ? undefined : expiration,
    pagination_limit: fields.integer("pagination_limit"),
    list_scan_response_keys_filter_path: filter === "" ? undefined : filter,
  };
}

function duration(fields: Fields, key: string, { at }: Item, denies: boolean): number | undefined {
  const value = fields.scalar(key);
  if (value === undefined || denies) return undefined;
  const number = value === "not a scalar" || value.type === "bool" ? undefined : value;
  // A number with a fraction is cut to whole seconds by the server.
  const text = number?.type === "float" ? String(Math.trunc(Number(number.text))) : number?.text;
  const seconds = text === undefined ? undefined : durationSeconds(text);
  return seconds ?? fields.fail(at, `expected ${key} to be a duration such as "90s", got another value`);
}

function nonEmpty(texts: string[] | undefined): string[] | undefined {
  return texts === undefined || texts.length === 0 ? undefined : texts;
}

/** Without the keys whose value is `undefined`: absent means missing. */
function present<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const kept = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(kept) as { [K in keyof T]: Exclude<T[K], undefined> };
}
