import { CountersignError } from "../../../base/index.ts";
import type { AclRule } from "../../../facts/index.ts";
import { parsePolicy } from "../../../hashicorp/index.ts";
import type { Resource } from "../../formats/terraform/resource.ts";
import { at, itemsOf, textOf, unknownIn, type Node, type Spot } from "../../text/node.ts";
import { wordOf } from "../values.ts";
import type { VaultTerms } from "./terms.ts";

/** An ACL policy that is declared. `rules` are absent where its text is not known, or no policy. */
export interface DeclaredPolicy {
  readonly terms: VaultTerms;
  readonly name: string;
  readonly text?: string;
  readonly rules?: readonly AclRule[];
  /** Why its rules are not all; absent where they are. */
  readonly missing?: string;
  readonly spot: Spot;
}

/** The policy of a resource; where its text is one of `vault_policy_document`, which is not known yet, of that one's rules. */
export function declaredPolicy(terms: VaultTerms, documents: ReadonlyMap<string, Resource>): DeclaredPolicy {
  const { resource, drafting, scope } = terms;
  const name = terms.name("name").toLowerCase();
  const node = at(resource.attributes, "policy");
  const spot = node ?? resource.spot;
  const id = terms.id(`sys/policies/acl/${name}`);
  const { text, missing: why } = textOfPolicy(node, documents);
  const missing = why === undefined ? undefined : `policy of ${resource.address} is not known, since ${why}`;
  const hide = (detail: string, reason: "malformed" | "unknown"): void => {
    drafting.hide({ scope, resource: id, kinds: ["policy_document"], detail, reason });
  };
  if (missing !== undefined) hide(missing, "unknown");
  if (text === undefined) return { terms, name, spot, ...(missing === undefined ? {} : { missing }) };
  const common = { id, scope, name, policy_type: "acl", text };
  try {
    const { rules, templated } = parsePolicy(text, { name });
    drafting.add("policy_document", { ...common, ext: { hashicorp: { rules, templated } } });
    return { terms, name, text, rules, spot, ...(missing === undefined ? {} : { missing }) };
  } catch (thrown) {
    if (!(thrown instanceof CountersignError) || thrown.code !== "E_HCL") throw thrown;
    drafting.add("policy_document", common);
    const detail = `policy of ${resource.address} does not parse: ${thrown.message}`;
    hide(detail, "malformed");
    return { terms, name, text, spot, missing: detail };
  }
}

interface PolicyText {
  readonly text?: string;
  readonly missing?: string;
}

function textOfPolicy(node: Node | undefined, documents: ReadonlyMap<string, Resource>): PolicyText {
  const text = textOf(node);
  if (text !== undefined) return { text };
  if (node?.kind !== "unknown") return { missing: "it is not set" };
  const document = node.from?.attribute === "hcl" ? documents.get(node.from.address) : undefined;
  return document === undefined ? { missing: node.why } : hclOf(document);
}

/** Text of the rules of `vault_policy_document` that are known. A rule that is known in part gives less than it will, and is told. */
function hclOf({ attributes }: Resource): PolicyText {
  const whole = at(attributes, "rule");
  const rules = itemsOf(whole).flatMap((rule) => ruleOf(rule) ?? []);
  const missing = unknownIn(whole)?.why;
  return { text: rules.join("\n"), ...(missing === undefined ? {} : { missing }) };
}

/** Blocks of keys and values, and what a policy calls them. */
const PARAMETERS = {
  allowed_parameter: "allowed_parameters",
  denied_parameter: "denied_parameters",
} as const;

const WRAPPING = ["min_wrapping_ttl", "max_wrapping_ttl"] as const;

/** A rule that limits in a way that is not known is written without what it may do: whether that is too much is open. */
function ruleOf(rule: Node): string | undefined {
  const path = textOf(at(rule, "path"));
  const capabilities = itemsOf(at(rule, "capabilities")).flatMap((item) => textOf(item) ?? []);
  const limits = limitsOf(rule);
  if (path === undefined || capabilities.length === 0 || limits === undefined) return undefined;
  const lines = [`capabilities = ${JSON.stringify(capabilities)}`, ...limits];
  return `path ${JSON.stringify(path)} {\n${lines.map((line) => `  ${line}\n`).join("")}}`;
}

/** What limits a rule, as a policy writes it; undefined where that is not known. Source: `vault_policy_document`. */
function limitsOf(rule: Node): string[] | undefined {
  const lines: string[] = [];
  for (const [block, name] of Object.entries(PARAMETERS)) {
    const node = at(rule, block);
    if (unknownIn(node) !== undefined) return undefined;
    const entries = (node?.kind === "map" ? [node] : itemsOf(node)).map((one) => {
      const values = itemsOf(at(one, "value")).flatMap((item) => textOf(item) ?? []);
      return `${JSON.stringify(textOf(at(one, "key")) ?? "")} = ${JSON.stringify(values)}`;
    });
    if (entries.length > 0) lines.push(`${name} = { ${entries.join(", ")} }`);
  }
  const required = at(rule, "required_parameters");
  if (unknownIn(required) !== undefined) return undefined;
  const names = itemsOf(required).flatMap((item) => textOf(item) ?? []);
  if (names.length > 0) lines.push(`required_parameters = ${JSON.stringify(names)}`);
  for (const name of WRAPPING) {
    const node = at(rule, name);
    if (unknownIn(node) !== undefined) return undefined;
    const length = wordOf(node) ?? "";
    if (length !== "") lines.push(`${name} = ${JSON.stringify(length)}`);
  }
  return lines;
}
