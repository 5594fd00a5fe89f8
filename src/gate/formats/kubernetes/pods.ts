import type { Register } from "../../drafting.ts";
import type { PlacedChange } from "../../declared.ts";
import { at, booleanOf, entriesOf, itemsOf, textOf, type Node } from "../../text/node.ts";
import {
  commandCredentials,
  hasPasswordInUrl,
  literalCredential,
  namesCredential,
} from "../workload/credential-text.ts";
import { WorkloadDraft } from "../workload/workload-draft.ts";
import { settled, type KubeObject } from "./objects.ts";

/** What other objects beside it say of a workload. */
export interface Beside {
  /** Service accounts by `<namespace>/<name>`. */
  readonly serviceAccounts: ReadonlyMap<string, KubeObject>;
  /** Those that a role is bound to, likewise. */
  readonly bound: ReadonlySet<string>;
}

/** The pod of whatever makes pods, by its shape: others than Kubernetes' own kinds have it too. */
export function podOf({ kind, group, node }: KubeObject): Node | undefined {
  if (kind === "Pod" && group === "") return at(node, "spec");
  if (kind === "PodTemplate") return at(node, "template", "spec");
  if (kind === "CronJob") return at(node, "spec", "jobTemplate", "spec", "template", "spec");
  const pod = at(node, "spec", "template", "spec");
  return at(pod, "containers") === undefined && at(pod, "initContainers") === undefined ? undefined : pod;
}

const CONTAINER_LISTS = ["containers", "initContainers", "ephemeralContainers"];

/** What a pod runs with. */
export function workloadOf(object: KubeObject, pod: Node, beside: Beside, register: Register): PlacedChange {
  const { kind, namespace, called, spot } = object;
  const draft = new WorkloadDraft({
    format: "kubernetes",
    platform: "kubernetes",
    type: kind,
    name: called,
    namespace,
    spot,
  });
  draft.tells("environment");
  const containers = CONTAINER_LISTS.flatMap((key) => {
    const list = at(pod, key);
    if (list !== undefined && list.kind !== "list")
      draft.hide("workload_environment", `${key} of ${called} are no list`, list);
    return itemsOf(list);
  });
  for (const container of containers) readContainer(container, { draft, register, called });
  if (isPatch(object, containers)) {
    const detail = `${called} is a part of an object only: give the gate what kustomize build prints`;
    draft.hide("workload_environment", detail);
  } else identityOf(object, pod, { draft, beside });
  return draft.change();
}

/** Patches of Kustomize look like objects, without what each must have. */
function isPatch({ group, node }: KubeObject, containers: readonly Node[]): boolean {
  return (
    containers.length === 0 ||
    containers.some((one) => at(one, "image") === undefined) ||
    (group === "apps" && at(node, "spec", "selector") === undefined)
  );
}

interface ContainerTerms {
  readonly draft: WorkloadDraft;
  readonly register: Register;
  readonly called: string;
}

function readContainer(container: Node, { draft, register, called }: ContainerTerms): void {
  const name = textOf(at(container, "name")) ?? "container";
  const environment = at(container, "env");
  if (environment !== undefined && environment.kind !== "list")
    draft.hide("workload_environment", `env of ${name} is filled in elsewhere`, environment);
  const variables = itemsOf(environment);
  draft.variables(variables.length);
  for (const variable of variables) {
    const key = textOf(at(variable, "name")) ?? "";
    const value = at(variable, "value");
    const secret = at(variable, "valueFrom", "secretKeyRef");
    if (secret !== undefined) draft.secretVariable(`${name}: ${key}`, variable);
    if (value !== undefined && isWritten(key, value))
      register.credential("kubernetes-environment-literal", value, `${called} ${name} ${key}`);
  }
  for (const source of itemsOf(at(container, "envFrom"))) {
    const secret = at(source, "secretRef");
    if (secret === undefined) continue;
    draft.variables(1);
    draft.secretVariable(`${name}: all of ${textOf(at(secret, "name")) ?? "a secret"}`, source);
  }
  for (const field of ["command", "args"]) {
    for (const word of itemsOf(at(container, field)))
      for (const found of commandCredentials(textOf(word) ?? ""))
        register.credential("kubernetes-command-literal", word, `${called} ${name} ${field} ${found.name}`);
  }
}

/** Whether the value of a variable, or of a setting that is called so, holds a credential by itself. */
export function isWritten(key: string, value: Node): boolean {
  const text = value.kind === "number" ? String(value.number) : (textOf(value) ?? "");
  return (namesCredential(key) && literalCredential(text) !== undefined) || hasPasswordInUrl(text);
}

function identityOf(
  { namespace, called }: KubeObject,
  pod: Node,
  { draft, beside }: { readonly draft: WorkloadDraft; readonly beside: Beside },
): void {
  draft.tells("identity");
  const own = at(pod, "automountServiceAccountToken");
  const named = at(pod, "serviceAccountName") ?? at(pod, "serviceAccount");
  const spot = own ?? named;
  if (spot !== undefined) draft.part("workload_identity", spot);
  const { text = "default", unknown } = settled(named);
  const hide = (detail: string): void => {
    draft.hide("workload_identity", detail);
  };
  if (own !== undefined && booleanOf(own) === undefined) {
    hide(`automountServiceAccountToken of ${called} is filled in elsewhere`);
    return;
  }
  const account = beside.serviceAccounts.get(`${namespace}/${text}`);
  const theirs = account === undefined ? undefined : at(account.node, "automountServiceAccountToken");
  if (booleanOf(own) === undefined) {
    if (unknown !== undefined) {
      hide(`serviceAccountName of ${called}: ${unknown}`);
      return;
    }
    if (account === undefined && text !== "default") {
      hide(
        `service account ${namespace}/${text}, which may keep its token out of ${called}, is not in these files`,
      );
      return;
    }
    if (theirs !== undefined && booleanOf(theirs) === undefined) {
      hide(`automountServiceAccountToken of service account ${text} is filled in elsewhere`);
      return;
    }
  }
  draft.set({
    identity: {
      service_account: text.slice(0, 256),
      token_mounted: booleanOf(own) ?? booleanOf(theirs) ?? true,
      bound: beside.bound.has(`${namespace}/${text}`),
    },
  });
}

/** Variables of a map of plain settings, such as a ConfigMap's data, that hold credentials. */
export function writtenSettings(
  settings: Node | undefined,
): { readonly key: string; readonly value: Node }[] {
  return entriesOf(settings).flatMap(([key, { value }]) => (isWritten(key, value) ? [{ key, value }] : []));
}
