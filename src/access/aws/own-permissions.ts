import { parseArn } from "./arn.ts";
import type { OwnStep } from "./chains.ts";
import type { Decisions } from "./decisions.ts";
import {
  GROUP_PERMISSIONS,
  JOIN_GROUP,
  OWN_BOUNDARY,
  OWN_PERMISSIONS,
  POLICY_VERSIONS,
} from "./escalation-ways.ts";
import type { EstateIndex } from "./estate-index.ts";
import type { Sourced } from "./fact-documents.ts";
import { all, unclear, type Formula } from "./formula.ts";
import type { PrincipalClass } from "./principal-classes.ts";

/** At most this many groups are tried for one user. */
const MAX_GROUPS = 50;

/** An action on what its permissions come from. */
interface OwnWay {
  readonly action: string;
  readonly on: string;
  readonly unknown?: string;
  readonly context?: Readonly<Record<string, string>>;
}

/** A step that gives its doer permissions that it does not have yet. */
export interface Start {
  readonly formula: Formula;
  readonly step: OwnStep;
}

/** The policies of a group that a user may join. */
export interface Joining extends Start {
  readonly policies: readonly Sourced["given"][];
}

/** Whoever may do one of these to itself, its groups or its policies, has every permission if it likes. */
export function ownChanges(index: EstateIndex, decisions: Decisions, of: PrincipalClass): Start[] {
  const { principal, asks, policies, groups, standing } = of.first;
  // What another account lets its own do to themselves is not seen here.
  if (typeof asks !== "string" || standing !== undefined) return [];
  if (!principal.principal_type.startsWith("iam_")) return [];
  const kind = principal.principal_type === "iam_user" ? "user" : "role";
  const native = (id: string) => id.slice(index.estate.storeId.length + 1);
  const managed = policies
    .filter(({ source }) => !source.id.includes("#"))
    .map(({ source }) => native(source.id));
  const ways: readonly OwnWay[] = [
    ...OWN_PERMISSIONS[kind].map((action) => ({ action, on: asks })),
    ...groups.flatMap((group) => GROUP_PERMISSIONS.map((action) => ({ action, on: native(group) }))),
    ...POLICY_VERSIONS.flatMap((way) => managed.map((on) => ({ ...way, on }))),
  ];
  return startsBy(ways, decisions, of);
}

/** Whoever may do one of these is no longer held back by its permission boundary. */
export function boundaryLifts(index: EstateIndex, decisions: Decisions, of: PrincipalClass): Start[] {
  const { principal, asks, boundary } = of.first;
  if (boundary === undefined || typeof asks !== "string") return [];
  const { off, other } = OWN_BOUNDARY[principal.principal_type === "iam_user" ? "user" : "role"];
  const own = boundary.id.slice(index.estate.storeId.length + 1);
  const key = "iam:PermissionsBoundary";
  const wide = `arn:${parseArn(asks)?.partition ?? "aws"}:iam::aws:policy/AdministratorAccess`;
  const ways: readonly OwnWay[] = [
    { action: off, on: asks, context: { [key]: own } },
    { action: other, on: asks, context: { [key]: wide } },
    ...POLICY_VERSIONS.map((way) => ({ ...way, on: own })),
  ];
  return startsBy(ways, decisions, of);
}

function startsBy(ways: readonly OwnWay[], decisions: Decisions, of: PrincipalClass): Start[] {
  return ways.flatMap(({ action, on, unknown, context }): Start[] => {
    if (!decisions.mayAtAll(of, action) || on.includes(":iam::aws:")) return [];
    const may = decisions.outright(of, action, on, context);
    const formula = unknown === undefined ? may : all([may, unclear(`${action} on ${on}`, unknown, true)]);
    return formula === false ? [] : [{ formula, step: { actions: [action], on } }];
  });
}

/** Groups that a user may join, whose policies it then has. */
export function joinable({ estate }: EstateIndex, decisions: Decisions, of: PrincipalClass): Joining[] {
  const { principal, asks, groups } = of.first;
  if (principal.principal_type !== "iam_user" || typeof asks !== "string") return [];
  if (!decisions.mayAtAll(of, JOIN_GROUP)) return [];
  return estate.groups
    .filter(({ account, id }) => account === of.first.account && !groups.includes(id))
    .slice(0, MAX_GROUPS)
    .flatMap(({ arn, policies }) => {
      const formula = decisions.outright(of, JOIN_GROUP, arn);
      if (formula === false) return [];
      const step = { actions: [JOIN_GROUP], on: arn };
      return [{ formula, step, policies: policies.map((source) => source.given) }];
    });
}
