import fc from "fast-check";

/** A rule as the generator thinks of it; `ruleText` writes it down. */
export interface RuleSpec {
  readonly path: string;
  readonly capabilities: readonly string[];
}

export interface WorldSpec {
  readonly policies: Readonly<Record<string, readonly RuleSpec[]>>;
  readonly tokenPolicies: readonly string[];
  readonly entityPolicies: readonly string[];
  /** One after another: the entity is in the first, each is in the next. Others stand alone with the entity in them. */
  readonly groupChain: readonly (readonly string[])[];
  readonly otherGroup: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly entityName: string;
  readonly withEntity: boolean;
  readonly noIdentityPolicies: boolean;
  readonly paths: readonly string[];
}

/** The mount whose alias the generated entity has; a test against a real server puts the server's own in its place. */
const ACCESSOR = "auth_token_1";

const POLICY_NAMES = ["p0", "p1", "p2", "p3", "p4"];

/** Few and alike, so that rules overlap. The server takes the text literally, so a plus and a star occur inside too. */
const SEGMENT = fc.constantFrom("a", "b", "ab", "abc", "a+", "+a", "a*b", "é", "team", "x-y");

const TEMPLATE = fc.constantFrom(
  "{{identity.entity.name}}",
  "{{identity.entity.id}}",
  "{{ identity.entity.metadata.team }}",
  "{{identity.entity.metadata.absent}}",
  "{{identity.entity.metadata.wild}}",
  "{{identity.entity.aliases.ACCESSOR.name}}",
  "{{identity.entity.aliases.ACCESSOR.custom_metadata.tier}}",
  "{{identity.entity.aliases.nowhere.name}}",
  "{{identity.groups.names.GROUP0.name}}",
  "{{identity.groups.names.GROUP1.metadata.unit}}",
  "{{identity.groups.names.nobody.id}}",
);

const RULE_SEGMENT = fc.oneof(
  { weight: 12, arbitrary: SEGMENT },
  { weight: 6, arbitrary: fc.constant("+") },
  { weight: 1, arbitrary: TEMPLATE },
  { weight: 1, arbitrary: fc.constant("") },
);

const RULE_PATH = fc
  .tuple(
    fc.constantFrom("", "", "", "", "/"),
    fc.array(RULE_SEGMENT, { minLength: 1, maxLength: 4 }),
    fc.constantFrom("", "", "*", "/", "/*", "*"),
  )
  .map(([lead, segments, tail]) => `${lead}${segments.join("/")}${tail}`)
  .filter((path) => !path.includes("+*"));

const CAPABILITIES = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.subarray([
      "create",
      "read",
      "update",
      "delete",
      "list",
      "sudo",
      "patch",
      "recover",
      "subscribe",
    ]),
  },
  { weight: 1, arbitrary: fc.constant(["deny"]) },
  { weight: 1, arbitrary: fc.constant(["read", "deny"]) },
);

export const ruleArbitrary: fc.Arbitrary<RuleSpec> = fc.record({
  path: RULE_PATH,
  capabilities: CAPABILITIES,
});

const REQUEST_PATH = fc
  .tuple(fc.array(SEGMENT, { minLength: 1, maxLength: 5 }), fc.constantFrom("", "", "", "/"))
  .map(([segments, tail]) => `${segments.join("/")}${tail}`);

const NAMES = fc.subarray([...POLICY_NAMES, "absent"]);

/** `forServer`: only what a server can be brought to through its API; it has no way to set `no_identity_policies`. */
export function worldSpecArbitrary(pathCount: number, forServer: boolean): fc.Arbitrary<WorldSpec> {
  const rules = fc.array(ruleArbitrary, { maxLength: 6 });
  return fc
    .record({
      policies: fc.record(Object.fromEntries(POLICY_NAMES.map((name) => [name, rules]))),
      tokenPolicies: NAMES,
      entityPolicies: NAMES,
      groupChain: fc.array(NAMES, { maxLength: 3 }),
      otherGroup: NAMES,
      metadata: fc.record(
        { team: SEGMENT, wild: fc.constantFrom("a", "*", "+", "a/b", "+*x") },
        { requiredKeys: [] },
      ),
      entityName: fc.constantFrom("a", "b", "ab"),
      withEntity: fc.boolean(),
      noIdentityPolicies: forServer ? fc.constant(false) : fc.boolean(),
      paths: fc.array(REQUEST_PATH, { minLength: pathCount, maxLength: pathCount }),
    })
    .map(near);
}

/** Half of the paths come from the rules, wildcards filled in, so that most questions touch a rule. */
function near(spec: WorldSpec): WorldSpec {
  const rules = Object.values(spec.policies).flat();
  const paths = spec.paths.map((path, index) => {
    const rule = index % 2 === 0 ? rules[index % Math.max(1, rules.length)] : undefined;
    if (rule === undefined) return path;
    const tail = path.split("/");
    const filled = rule.path
      .replace(/^\//, "")
      .replaceAll(/\{\{(.*?)\}\}/g, (_, directive: string) => likelyValue(directive, spec))
      .split("/")
      .map((segment, at) => (segment === "+" ? (tail[at % tail.length] ?? "a") : segment))
      .join("/");
    return filled.endsWith("*") ? filled.slice(0, -1) + path : filled;
  });
  return { ...spec, paths: paths.filter((path) => path !== "") };
}

function likelyValue(directive: string, spec: WorldSpec): string {
  if (directive.includes("GROUP")) return "group-0";
  if (directive.includes("tier")) return "team";
  if (directive.includes("aliases")) return "al";
  const key = directive.includes("wild") ? "wild" : "team";
  return directive.includes("metadata") ? (spec.metadata[key] ?? "a") : spec.entityName;
}

/** The policy as text, in HCL. */
export function policyText(rules: readonly RuleSpec[]): string {
  return rules
    .map(
      ({ path, capabilities }) =>
        `path ${JSON.stringify(path)} {\n  capabilities = ${JSON.stringify(capabilities)}\n}\n`,
    )
    .join("\n");
}

/** What the server calls the things of a world; ids are the server's own. */
export interface Naming {
  readonly accessor: string;
  readonly entityId: string;
  readonly entityName: string;
  readonly aliasName: string;
  /** Ids and names of the chain's groups, then of the other group. */
  readonly groups: readonly { readonly id: string; readonly name: string }[];
  /** Puts the run's mark on a policy name. */
  policy(name: string): string;
}

/** Names in templates become those that the server knows. */
export function withNames(text: string, naming: Naming): string {
  return text
    .replaceAll("ACCESSOR", naming.accessor)
    .replaceAll(/GROUP(\d)/g, (_, index: string) => naming.groups[Number(index)]?.name ?? "nobody");
}

/** The world document of a spec. */
export function worldOf(spec: WorldSpec, naming: Naming, dialect: "vault" | "openbao" = "vault") {
  const named = (names: readonly string[]): string[] => names.map((name) => naming.policy(name));
  const chain = spec.groupChain.map((policies, index) => [
    naming.groups[index]!.id,
    {
      name: naming.groups[index]!.name,
      policies: named(policies),
      parents: spec.groupChain[index + 1] === undefined ? [] : [naming.groups[index + 1]!.id],
      metadata: { unit: `u${index}` },
    },
  ]);
  const other = naming.groups[spec.groupChain.length]!;
  return {
    format: "countersign-world/1",
    provider: "hashicorp",
    dialect,
    policies: Object.fromEntries(
      Object.entries(spec.policies).map(([name, rules]) => [
        naming.policy(name),
        withNames(policyText(rules), naming),
      ]),
    ),
    entities: spec.withEntity
      ? {
          [naming.entityId]: {
            name: naming.entityName,
            metadata: spec.metadata,
            aliases: [
              { mount_accessor: naming.accessor, name: naming.aliasName, custom_metadata: { tier: "team" } },
            ],
            policies: named(spec.entityPolicies),
            groups: [...(spec.groupChain.length === 0 ? [] : [naming.groups[0]!.id]), other.id],
          },
        }
      : {},
    groups: Object.fromEntries([
      ...chain,
      [other.id, { name: other.name, policies: named(spec.otherGroup), parents: [], metadata: {} }],
    ]) as Record<string, unknown>,
    tokens: {
      t: {
        policies: named([...spec.tokenPolicies, "own"]),
        ...(spec.withEntity
          ? { entity: naming.entityId, no_identity_policies: spec.noIdentityPolicies }
          : {}),
      },
    },
    questions: spec.paths.map((path, index) => ({ id: `q${index}`, token: "t", path })),
  };
}

/** Names for worlds that no server knows. */
export function plainNaming(spec: WorldSpec): Naming {
  const count = spec.groupChain.length + 1;
  return {
    accessor: ACCESSOR,
    entityId: "e1",
    entityName: spec.entityName,
    aliasName: "al",
    groups: Array.from({ length: count }, (_, index) => ({ id: `g${index}`, name: `group-${index}` })),
    policy: (name) => name,
  };
}
