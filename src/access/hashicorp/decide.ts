import type { AclCapability } from "../../facts/index.ts";
import { decidingRule, type Acl, type MergedRule } from "./acl.ts";
import { capabilityBit, capabilityNames, DENY } from "./capability.ts";
import { refusal, type RequestDetails } from "./parameters.ts";
import { needsSudo } from "./protected-path.ts";
import { couldMatch } from "./template.ts";

export const OPERATIONS = [
  "create",
  "read",
  "update",
  "patch",
  "delete",
  "list",
  "scan",
  "sudo",
  "help",
  "recover",
  "subscribe",
] as const;

type Operation = (typeof OPERATIONS)[number];

export interface AclRequest extends Partial<RequestDetails> {
  /** Absent: a look at the path, as `sys/capabilities` takes it. */
  readonly operation?: Operation;
  readonly path: string;
}

/** One statement that decided. */
export interface Because {
  readonly policy: string;
  /** The rule's place in its policy, from 0. */
  readonly statement?: number;
  readonly line?: number;
  readonly path?: string;
  /** `None`: the rule decides the path but does not give the operation. */
  readonly effect: "Allow" | "Deny" | "None";
}

export interface AclDecision {
  readonly allowed: boolean;
  readonly explicitDeny: boolean;
  /** The rule that decides is exact, so that no further policy but one that denies can change it. */
  readonly exact: boolean;
  readonly sudo: boolean;
  /** As `sys/capabilities` answers for the path. */
  readonly capabilities: readonly (AclCapability | "root")[];
  readonly because: readonly Because[];
  /** What has to hold besides, e.g. approvals. */
  readonly conditions: readonly string[];
  /** Rules with a time in their path that may cover this one. */
  readonly unknowns: readonly string[];
  /** Why a rule that gives the operation refuses the request. */
  readonly reason?: string;
}

const LISTING: ReadonlySet<string> = new Set(["list", "scan"]);
const UNKNOWN_TO: Readonly<Record<Acl["dialect"], ReadonlySet<string>>> = {
  vault: new Set(["scan"]),
  openbao: new Set(["recover", "subscribe"]),
};

/** What the server answers to a request under a list. The path is taken as it stands, leading slashes aside. */
export function decide(acl: Acl, request: AclRequest): AclDecision {
  if (acl.broken !== undefined) return { ...NOTHING, reason: acl.broken };
  if (acl.root) return ROOT;
  const path = request.path.replace(/^\/+/, "");
  const { operation } = request;
  const listing = operation === undefined || LISTING.has(operation);
  const rule = decidingRule(acl, path, listing);
  // Asking for capabilities looks as a LIST does.
  const capabilities = capabilityNames(decidingRule(acl, path, true)?.capabilities ?? 0);
  const unknowns = acl.timed
    .filter((timed) => couldMatch(timed.rule.path, path))
    .map((timed) => `policy ${timed.policy} line ${timed.rule.line} depends on the time`);
  const base = { ...NOTHING, capabilities, unknowns };
  if (operation === "help") return { ...base, allowed: true };
  const decision = { ...base, ...(rule === undefined ? {} : judged(acl, rule, path, request)) };
  const reason = decision.reason ?? slashReason(acl, request, path, decision.allowed);
  return reason === undefined ? decision : { ...decision, reason };
}

/** The server's API puts a slash behind the path of every LIST: who asks without one learns what the API would do. */
function slashReason(acl: Acl, request: AclRequest, path: string, allowed: boolean): string | undefined {
  const listing = request.operation !== undefined && LISTING.has(request.operation);
  if (!listing || path.endsWith("/")) return undefined;
  const other = decide(acl, { ...request, path: `${path}/` });
  if (other.allowed === allowed) return undefined;
  return `the API asks for ${path}/, with a slash, and that is ${other.allowed ? "allowed" : "denied"}`;
}

function judged(acl: Acl, rule: MergedRule, path: string, request: AclRequest): Partial<AclDecision> {
  const { operation } = request;
  const explicitDeny = (rule.capabilities & DENY) !== 0;
  const sudo = (rule.capabilities & capabilityBit("sudo")) !== 0;
  const given = gives(acl, rule, operation);
  const reason = given ? refusalOf(acl, rule, path, sudo, request) : undefined;
  const allowed = given && reason === undefined;
  const effect = explicitDeny ? "Deny" : allowed ? "Allow" : "None";
  return {
    allowed,
    explicitDeny,
    exact: rule.pattern.kind === "exact",
    sudo,
    because: becauseOf(rule, effect, operation),
    conditions: allowed ? standing(rule) : [],
    ...(reason === undefined ? {} : { reason }),
  };
}

function gives(acl: Acl, rule: MergedRule, operation: Operation | undefined): boolean {
  if ((rule.capabilities & DENY) !== 0) return false;
  if (operation === undefined) return rule.capabilities !== 0;
  if (operation === "help" || UNKNOWN_TO[acl.dialect].has(operation)) return false;
  return (rule.capabilities & capabilityBit(operation)) !== 0;
}

function refusalOf(
  acl: Acl,
  rule: MergedRule,
  path: string,
  sudo: boolean,
  request: AclRequest,
): string | undefined {
  const { operation } = request;
  // A capability, and not a request of its own: nothing else is looked at.
  if (operation === undefined || operation === "sudo" || operation === "subscribe") return undefined;
  const details = { parameters: request.parameters ?? {}, wrapTtlS: request.wrapTtlS ?? 0 };
  const refused = refusal(rule, operation, details, acl.dialect);
  return refused ?? (!sudo && needsSudo(path, acl.dialect) ? "the path needs sudo" : undefined);
}

/** The sources that gave the operation; for anything else all that stand behind the merged rule. */
function becauseOf(rule: MergedRule, effect: Because["effect"], operation: Operation | undefined): Because[] {
  const giving =
    effect === "Allow" && operation !== undefined && operation !== "help"
      ? rule.sources.filter((source) => source.rule.capabilities.includes(operation))
      : rule.sources;
  return giving.map(({ policy, rule: { index, line, path } }) => ({
    policy,
    statement: index,
    effect,
    line,
    path,
  }));
}

/** Approvals and MFA, which not every edition enforces. */
function standing(rule: MergedRule): string[] {
  const factors = rule.controlGroup?.factors ?? [];
  return [
    ...rule.mfaMethods.map((method) => `MFA by ${method}`),
    ...factors.map((factor) => `control group ${factor.name}: ${factor.approvals} approvals`),
  ];
}

/** No rule covers the path. */
export const NOTHING: AclDecision = {
  allowed: false,
  explicitDeny: false,
  exact: false,
  sudo: false,
  capabilities: ["deny"],
  because: [],
  conditions: [],
  unknowns: [],
};

const ROOT: AclDecision = {
  ...NOTHING,
  allowed: true,
  sudo: true,
  capabilities: ["root"],
  because: [{ policy: "root", effect: "Allow" }],
};
