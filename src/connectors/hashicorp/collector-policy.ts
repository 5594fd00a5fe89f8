import { compareStrings } from "../../base/index.ts";
import { ACL_CAPABILITIES } from "../../facts/index.ts";
import { hclList, rulePath, type Dialect, type Family, type Operation } from "./operation.ts";
import { AUTH_FAMILIES, FAMILIES, engineFamily, namespaceAsks } from "./operations/index.ts";
import { OWN_TOKEN_RULES } from "./session.ts";

/** What a collector is to read. What is not given is not known yet: then the policy is the generic one. */
export interface CollectorScope {
  readonly dialect?: Dialect;
  /** Vault only. */
  readonly enterprise?: boolean;
  /** Secrets engines, as `sys/mounts` names them. */
  readonly mounts?: readonly (Mounted & { readonly version?: string })[];
  /** Auth methods, as `sys/auth` names them, without `auth/`. */
  readonly authMethods?: readonly Mounted[];
  /** Namespaces below the one that the policy is written in. */
  readonly namespaces?: readonly string[];
}

interface Mounted {
  readonly path: string;
  readonly type: string;
  /** The one namespace that has it, empty for that of the policy; absent: every one. */
  readonly namespace?: string;
}

interface Rule {
  readonly path: string;
  readonly capabilities: ReadonlySet<string>;
  readonly titles: ReadonlySet<string>;
}

/**
 * The least policy, in HCL, that a collector of this scope runs on, made from the table of operations. Paths are exact
 * but for names that are known only when they are listed. No rule can read the value of a secret: where the mounts
 * are not known, engines get `list` alone, since `+/keys/+` or `+/metadata/*` with `read` would read a KV version 1
 * value that happens to lie there; auth methods live below `auth/`, where no engine can be mounted.
 */
export function collectorPolicy(scope: CollectorScope = {}): string {
  const rules = new Rules();
  for (const { path, capabilities, title } of OWN_TOKEN_RULES) rules.add(path, capabilities, title);
  const own = namespaceOperations(scope);
  for (const operation of [...operationsOf("server"), ...own]) addOperation(rules, operation, "");
  addMounts(rules, scope, "");
  for (const namespace of scope.namespaces ?? []) {
    const prefix = prefixOf(namespace);
    for (const operation of own) addOperation(rules, operation, "", prefix);
    addMounts(rules, scope, prefix);
  }
  return [...header(scope), ...rules.sorted().map(hcl)].join("\n");
}

const header = ({ mounts, authMethods }: CollectorScope): string[] => [
  "# Least privilege for the countersign collector. It reads configuration and metadata; no rule reads a secret's value.",
  ...(mounts === undefined
    ? [
        "# The secrets engines are not known yet: only names are listed. Print the policy again with the server at hand.",
      ]
    : []),
  ...(authMethods === undefined ? ["# The auth methods are not known yet: `+` stands for each."] : []),
  "",
];

/** What is asked in each namespace, and what that leads to, but for mounts. */
function namespaceOperations(scope: CollectorScope): Operation[] {
  const context = {
    ...(scope.dialect === undefined ? {} : { dialect: scope.dialect }),
    ...(scope.enterprise === undefined ? {} : { enterprise: scope.enterprise }),
    excluded: () => undefined,
  };
  const asked = new Set(namespaceAsks(context, "").map(({ operation }) => operation));
  const unknown = [
    ...(asked.has("namespace.lease_limits") ? [] : ["namespace.lease_limits", "namespace.lease_limit"]),
    ...(asked.has("namespace.children") ? [] : ["namespace.children"]),
  ];
  return ["namespace", "token", "identity"].flatMap(operationsOf).filter(({ id }) => !unknown.includes(id));
}

function operationsOf(family: string): readonly Operation[] {
  return FAMILIES.find(({ id }) => id === family)?.operations ?? [];
}

function addMounts(rules: Rules, scope: CollectorScope, prefix: string): void {
  const here = <T extends Mounted>(mounts: readonly T[]): T[] =>
    mounts.filter(({ namespace }) => namespace === undefined || prefixOf(namespace) === prefix);
  const engines = here(scope.mounts ?? []).map(({ path, type, version }) => ({
    mount: withSlash(path),
    family: engineFamily(type, version),
  }));
  for (const { mount, family } of engines) {
    const certain = engines.every((other) => other.mount !== mount || other.family === family);
    addFamily(rules, family, mount, prefix, certain);
  }
  if (scope.mounts === undefined) addUnknownEngines(rules, prefix);
  for (const { path, type } of here(scope.authMethods ?? [])) {
    addFamily(rules, AUTH_FAMILIES.get(type), `auth/${withSlash(path)}`, prefix);
  }
  if (scope.authMethods === undefined) {
    for (const family of new Set(AUTH_FAMILIES.values())) addFamily(rules, family, "auth/+/", prefix);
  }
}

function prefixOf(namespace: string): string {
  const path = namespace.replace(/^\/+|\/+$/g, "");
  return path === "" ? "" : `${path}/`;
}

/** Names only, whatever is mounted there. KV version 1 is not among them: its names lie at any path. */
function addUnknownEngines(rules: Rules, prefix: string): void {
  const engines = ["kv2", "pki", "transit", "database"].flatMap(operationsOf);
  for (const operation of engines.filter(({ method }) => method === "LIST"))
    addOperation(rules, operation, "+/", prefix);
}

/** Where two engines are said to be at one path, only names may be listed: one may hold values where the other does not. */
function addFamily(
  rules: Rules,
  family: Family | undefined,
  mount: string,
  prefix: string,
  certain = true,
): void {
  for (const operation of family?.operations ?? []) {
    if (certain || operation.method === "LIST") addOperation(rules, operation, mount, prefix);
  }
}

function addOperation(rules: Rules, operation: Operation, mount: string, prefix = ""): void {
  if (operation.needs.length === 0) return;
  const path = `${prefix}${rulePath(operation, mount)}`;
  rules.add(path, operation.needs, operation.title);
  // A LIST is asked with a slash at its end. OpenBao looks for rules with `+` under that name first, where
  // `users/+` would match before `users`.
  if (operation.method === "LIST" && path.includes("+") && !path.endsWith("*")) {
    rules.add(`${path}/`, operation.needs, operation.title);
  }
}

function withSlash(path: string): string {
  return path.endsWith("/") ? path : `${path}/`;
}

/** Rules by path: what two operations need of one path is joined. */
class Rules {
  readonly #byPath = new Map<string, { capabilities: Set<string>; titles: Set<string> }>();

  add(path: string, capabilities: readonly string[], title: string): void {
    const rule = this.#byPath.get(path) ?? { capabilities: new Set<string>(), titles: new Set<string>() };
    for (const capability of capabilities) rule.capabilities.add(capability);
    rule.titles.add(title);
    this.#byPath.set(path, rule);
  }

  sorted(): Rule[] {
    return [...this.#byPath]
      .sort(([a], [b]) => compareStrings(a, b))
      .map(([path, rule]) => ({ path, ...rule }));
  }
}

function hcl({ path, capabilities, titles }: Rule): string {
  const ordered = ACL_CAPABILITIES.filter((capability) => capabilities.has(capability));
  return [
    `# ${[...titles].join("; ")}`,
    `path ${JSON.stringify(path)} {`,
    `  capabilities = ${hclList(ordered)}`,
    "}",
    "",
  ].join("\n");
}
