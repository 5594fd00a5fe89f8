import type { Certainty, GrantAction } from "../grant.ts";
import { allows, type RbacRule } from "./roles.ts";

/** What a rule lets its holder do to secrets, wherever its binding holds. */
export interface Power {
  readonly actions: readonly GrantAction[];
  /** Names of the secrets that it is about; absent: all. */
  readonly names?: readonly string[];
  readonly certainty: Certainty;
  readonly conditions: readonly string[];
  readonly note?: string;
  readonly detour?: true;
}

const READ = ["get", "list", "watch"];
const CONTROLLERS: readonly (readonly [string, string])[] = [
  ["pods", ""],
  ["replicationcontrollers", ""],
  ["deployments", "apps"],
  ["daemonsets", "apps"],
  ["statefulsets", "apps"],
  ["replicasets", "apps"],
  ["jobs", "batch"],
  ["cronjobs", "batch"],
];

/** By what one comes into a pod that runs: what its image, or a container beside it, reads of its files and variables. */
const ENTRANCES: readonly (readonly [string, readonly string[]])[] = [
  ["pods/exec", ["create", "get"]],
  ["pods/attach", ["create", "get"]],
  ["nodes/proxy", ["create", "get"]],
  ["pods/ephemeralcontainers", ["update", "patch"]],
  ["pods", ["update", "patch"]],
];

/** Settings by which the server sends whatever is written to somebody. */
const WEBHOOKS = ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"];

const RBAC = "rbac.authorization.k8s.io";
const ALL: readonly GrantAction[] = ["read", "list", "write", "delete", "rotate", "administer"];

const certain = { certainty: "certain", conditions: [] } as const;

/**
 * What a role's rule gives at secrets: directly, and by what reads, or gives access, all the same. `list` and `watch` answer with values.
 * Source: Kubernetes documentation, "Role Based Access Control Good Practices", privilege escalation risks.
 */
export function* powersOf(rule: RbacRule, everywhere: boolean): Generator<Power> {
  yield* direct(rule);
  const makes = CONTROLLERS.find(([resource, group]) =>
    allows(rule, resource === "pods" ? ["create"] : ["create", "update", "patch"], resource, group),
  );
  if (makes !== undefined && !allows(rule, READ, "secrets"))
    yield {
      actions: ["read"],
      certainty: "conditional",
      conditions: ["admission lets in a pod that mounts the secret"],
      note: `may run pods (${makes[0]}), which may mount it`,
      detour: true,
    };
  const [enters] =
    ENTRANCES.find(
      ([resource, verbs]) => allows(rule, verbs, resource) && (resource !== "nodes/proxy" || everywhere),
    ) ?? [];
  if (enters !== undefined && !allows(rule, READ, "secrets"))
    yield {
      actions: ["read"],
      certainty: "conditional",
      conditions: ["a pod that it may enter holds the secret"],
      note: `may enter pods (${enters})`,
      detour: true,
    };
  const hears = WEBHOOKS.find((resource) =>
    allows(rule, ["create", "update", "patch"], resource, "admissionregistration.k8s.io"),
  );
  if (hears !== undefined && everywhere && !allows(rule, READ, "secrets"))
    yield {
      actions: ["read"],
      certainty: "conditional",
      conditions: ["the secret is written while its webhook is called"],
      note: `may have what is written sent to it (${hears})`,
      detour: true,
    };
  const gives = givesAccess(rule, everywhere);
  if (gives !== undefined) yield { actions: ALL, ...certain, note: gives };
}

/** Whether a rule allows requests that name no object, such as for a whole list: its empty name is equal to theirs. Source: `ResourceNameMatches`. */
function isOfNoName({ resource_names }: RbacRule): boolean {
  return resource_names.includes("");
}

function* direct(rule: RbacRule): Generator<Power> {
  const actions: GrantAction[] = [
    ...(allows(rule, READ, "secrets") ? (["read"] as const) : []),
    ...(allows(rule, ["list", "watch"], "secrets") ? (["list"] as const) : []),
    ...(allows(rule, ["update", "patch"], "secrets") ? (["write"] as const) : []),
    ...(allows(rule, ["delete", "deletecollection"], "secrets") ? (["delete"] as const) : []),
  ];
  if (actions.length === 0) return;
  const unnamed: GrantAction[] = isOfNoName(rule)
    ? [
        ...(allows(rule, ["list", "watch"], "secrets") ? (["read", "list"] as const) : []),
        ...(allows(rule, ["deletecollection"], "secrets") ? (["delete"] as const) : []),
      ]
    : [];
  if (unnamed.length > 0) yield { actions: unnamed, ...certain };
  const names = rule.resource_names.filter((name) => name !== "");
  if (rule.resource_names.length === 0) yield { actions, ...certain };
  else if (names.length > 0) yield { actions, names, ...certain };
}

/** How a rule lets its holder give itself what it likes; undefined where it does not. */
function givesAccess(rule: RbacRule, everywhere: boolean): string | undefined {
  const whole = rule.resource_names.length === 0 || isOfNoName(rule);
  const named = (name: string): boolean =>
    rule.resource_names.length === 0 || rule.resource_names.includes(name);
  for (const resource of ["roles", "clusterroles"]) {
    if (resource === "clusterroles" && !everywhere) continue;
    if (
      whole &&
      allows(rule, ["escalate"], resource, RBAC) &&
      allows(rule, ["update", "patch", "create"], resource, RBAC)
    )
      return `may write any rule into ${resource} (escalate)`;
  }
  for (const resource of ["clusterroles", "roles"]) {
    const binds = named("cluster-admin") && allows(rule, ["bind"], resource, RBAC);
    if (
      binds &&
      ["rolebindings", "clusterrolebindings"].some((to) =>
        allows(rule, ["create", "update", "patch"], to, RBAC),
      )
    )
      return `may bind any of ${resource} (bind)`;
  }
  if (everywhere && named("system:masters") && allows(rule, ["impersonate"], "groups"))
    return "may come in as any group (impersonate)";
  if (everywhere && rule.resource_names.length === 0 && allows(rule, ["impersonate"], "users"))
    return "may come in as any user (impersonate)";
  return undefined;
}

/** Whether a rule lets its holder come in as service accounts of where it holds. */
export function becomesServiceAccounts(rule: RbacRule): boolean {
  return (
    allows(rule, ["impersonate"], "serviceaccounts") || allows(rule, ["create"], "serviceaccounts/token")
  );
}

/** Whether a rule reads every secret of where it holds. */
export function readsAll(rule: RbacRule): boolean {
  if (isOfNoName(rule)) return allows(rule, ["list", "watch"], "secrets");
  return rule.resource_names.length === 0 && allows(rule, READ, "secrets");
}
