import { CountersignError } from "../../../base/index.ts";
import type { Fact, Gap } from "../../../facts/index.ts";
import { Misshapen, nonEmptyText, text } from "../json.ts";
import { ext, fact, gapIn, listedKeys, type Answered } from "../operation.ts";
import {
  parsePolicy,
  passwordStrength,
  type PasswordStrength,
  type PolicyOptions,
} from "../../../hashicorp/index.ts";

/** An ACL policy, with its rules where its text parses. */
export function policy(answered: Answered): (Fact | Gap)[] {
  const { name = "", dialect } = answered.params;
  // `root` is built in and has no text; no other policy can be written without one.
  const document = (name === "root" ? text : nonEmptyText)(answered.data, "policy");
  const id = `sys/policies/acl/${name}`;
  const common = { name, policy_type: "acl", text: document };
  try {
    const options: PolicyOptions =
      dialect === "vault" || dialect === "openbao" ? { name, dialect } : { name };
    const { rules, templated } = parsePolicy(document, options);
    return [fact(answered, "policy_document", id, { ...common, ext: ext({ rules, templated }) })];
  } catch (thrown) {
    if (!(thrown instanceof CountersignError) || thrown.code !== "E_HCL") throw thrown;
    const { line, column } = thrown.location ?? {};
    const where = line === undefined ? "" : ` at line ${line}, column ${column ?? 1}`;
    const detail = `the policy ${name} does not parse${where}: ${thrown.message}`.slice(0, 1024);
    return [
      fact(answered, "policy_document", id, common),
      gapIn(answered, { resource: id, hides: ["policy_document"], reason: "malformed", detail }),
    ];
  }
}

/** Built in, and in no list: nobody can assign, change or delete them. Source: Vault `nonAssignablePolicies`. */
const NEVER_LISTED: readonly unknown[] = ["control-group", "response-wrapping"];

/** A policy that something names and the list of policies does not: unless that is so of every such one, the list is not whole. */
export function unlistedPolicy(answered: Answered): (Fact | Gap)[] {
  if (NEVER_LISTED.includes(answered.params["name"])) return policy(answered);
  const detail = "a policy is there that the list of policies does not show: others may be missing too";
  const gap = gapIn(answered, {
    resource: "sys/policies/acl/",
    hides: ["policy_document"],
    reason: "malformed",
    detail,
    fix: "Collect again; where it stays so, check what answers at the address.",
  });
  return [...policy(answered), gap];
}

/** Every namespace has `default`, and the root namespace `root`: nobody can delete either. */
export function policyNames(answered: Answered): string[] {
  const listed = listedKeys(answered);
  const builtIn = answered.namespace === "" ? ["default", "root"] : ["default"];
  if (builtIn.every((name) => listed.includes(name))) return listed;
  throw new Misshapen("keys", "a list with the policies that are built in", listed);
}

/** How passwords are made, and how strong they are at least. */
export function passwordPolicy(answered: Answered): Fact[] {
  const { name = "" } = answered.params;
  const document = nonEmptyText(answered.data, "policy");
  return [
    fact(answered, "password_policy", `sys/policies/password/${name}`, {
      name,
      ...strengthOf(name, document),
      text: document,
    }),
  ];
}

function strengthOf(name: string, document: string): PasswordStrength {
  try {
    return passwordStrength(name, document);
  } catch (thrown) {
    // What does not parse says nothing; its text stands in the fact.
    if (thrown instanceof CountersignError && thrown.code === "E_HCL") return {};
    throw thrown;
  }
}
