import { BindingText, RoleText, rbacAllows, type RbacRule } from "../../access/index.ts";
import type { Fact } from "../../facts/index.ts";
import { compileSchema } from "../../schema/index.ts";

const fitsRole = compileSchema(RoleText);
const fitsBinding = compileSchema(BindingText);

/** What somebody may do to come to more than they hold, and what no grant follows. */
const STEPS: readonly { readonly verbs: string[]; readonly resource: string; readonly group: string }[] = [
  { verbs: ["impersonate"], resource: "serviceaccounts", group: "" },
  { verbs: ["create"], resource: "serviceaccounts/token", group: "" },
  { verbs: ["update", "patch"], resource: "pods/ephemeralcontainers", group: "" },
  { verbs: ["create", "update", "patch"], resource: "rolebindings", group: "rbac.authorization.k8s.io" },
  {
    verbs: ["create", "update", "patch"],
    resource: "clusterrolebindings",
    group: "rbac.authorization.k8s.io",
  },
  {
    verbs: ["update", "patch"],
    resource: "certificatesigningrequests/approval",
    group: "certificates.k8s.io",
  },
  {
    verbs: ["create", "update", "patch"],
    resource: "mutatingwebhookconfigurations",
    group: "admissionregistration.k8s.io",
  },
  {
    verbs: ["create", "update", "patch"],
    resource: "validatingwebhookconfigurations",
    group: "admissionregistration.k8s.io",
  },
  { verbs: ["create", "update", "patch"], resource: "externalsecrets", group: "external-secrets.io" },
];

const AGGREGATED = "rbac.authorization.k8s.io/aggregate-to-";

/**
 * Steps to more access that the bindings of one side give somebody, and what a role gives those of a role that Kubernetes fills from others, in a
 * sentence each. Whoever reads all secrets of the cluster by the same rule comes to no more. Source: Kubernetes documentation, "Role Based Access
 * Control Good Practices", privilege escalation risks.
 */
export function stepsOf(facts: readonly Fact[]): ReadonlySet<string> {
  const roles = new Map<string, RoleText>();
  const bindings: BindingText[] = [];
  const told = new Set<string>();
  for (const fact of facts) {
    if (fact.kind !== "policy_document") continue;
    if (fact.policy_type === "kubernetes_role") {
      const role: unknown = JSON.parse(fact.text);
      if (!fitsRole.fits(role)) continue;
      roles.set(keyOf(role.role_kind, role.namespace, fact.name), role);
      const into = Object.keys(role.labels).filter((label) => label.startsWith(AGGREGATED));
      for (const label of into)
        if (role.rules.some(readsSecrets))
          told.add(
            `what ${role.role_kind} ${fact.name} gives everyone who has ${label.slice(AGGREGATED.length)} is not compared`,
          );
    } else if (fact.policy_type === "kubernetes_binding") {
      const binding: unknown = JSON.parse(fact.text);
      if (fitsBinding.fits(binding)) bindings.push(binding);
    }
  }
  for (const { role_kind, role_name, namespace, subjects } of bindings) {
    const role = roles.get(keyOf(role_kind, role_kind === "Role" ? namespace : undefined, role_name));
    for (const { verbs, resource, group } of STEPS)
      if (
        role?.rules.some(
          (rule) =>
            !(namespace === undefined && readsEverySecret(rule)) && rbacAllows(rule, verbs, resource, group),
        ) === true
      )
        for (const subject of subjects)
          told.add(
            `what ${subject.subject_kind} ${subject.name} comes to by ${verbs[0]} of ${resource} in ${namespace ?? "the cluster"} is not compared`,
          );
  }
  return told;
}

function readsEverySecret(rule: RbacRule): boolean {
  return rule.resource_names.length === 0 && readsSecrets(rule);
}

function readsSecrets(rule: RbacRule): boolean {
  return rbacAllows(rule, ["get", "list", "watch"], "secrets");
}

function keyOf(kind: string, namespace: string | undefined, name: string): string {
  return `${kind} ${namespace ?? ""} ${name}`;
}
