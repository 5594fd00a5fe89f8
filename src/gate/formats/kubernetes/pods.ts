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
import type { Elsewhere } from "./elsewhere.ts";
import { settled, type KubeObject } from "./objects.ts";

/** What other objects say of a workload of a directory. */
export interface Beside {
  readonly directory: string;
  readonly elsewhere: Elsewhere;
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

/** What a pod runs with; done when all that stands beside it is known. Nothing of the object's tree is kept until then. */
export function workloadOf(
  object: KubeObject,
  pod: Node,
  register: Register,
): (beside: Beside) => PlacedChange {
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
    return finished(draft);
  }
  return finished(draft, accountOf(object, pod, draft));
}

function finished(draft: WorkloadDraft, account?: Account): (beside: Beside) => PlacedChange {
  return (beside) => {
    if (account !== undefined) identify(account, draft, beside);
    return draft.change();
  };
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
  for (const path of COMMANDS) {
    for (const word of itemsOf(at(container, ...path)))
      for (const found of commandCredentials(textOf(word) ?? "")) {
        const what = `${called} ${name} ${path.join(".")} ${found.name}`;
        register.credential("kubernetes-command-literal", word, what);
      }
  }
  for (const handler of HANDLERS)
    for (const header of itemsOf(at(container, ...handler, "httpGet", "httpHeaders"))) {
      const key = textOf(at(header, "name")) ?? "";
      const value = at(header, "value");
      if (value !== undefined && isHeaderWritten(key, value))
        register.credential(
          "kubernetes-header-literal",
          value,
          `${called} ${name} ${handler.join(".")} ${key}`,
        );
    }
}

/** Whether a header holds a credential, by its name or as it authorizes. */
function isHeaderWritten(key: string, value: Node): boolean {
  return isWritten(key, value) || commandCredentials(`${key}: ${textOf(value) ?? ""}`).length > 0;
}

/** Where a container is asked, or told, something from outside. */
const HANDLERS: readonly (readonly string[])[] = [
  ...["livenessProbe", "readinessProbe", "startupProbe"].map((probe) => [probe]),
  ...["postStart", "preStop"].map((hook) => ["lifecycle", hook]),
];

/** Where a container has commands. */
const COMMANDS: readonly (readonly string[])[] = [
  ["command"],
  ["args"],
  ...HANDLERS.map((handler) => [...handler, "exec", "command"]),
];

/** Variables of steps that are no pods of Kubernetes' own, such as those of Argo Workflows and Tekton: whatever has an image and `env`. */
export function stepsWritten({ node, called }: KubeObject, register: Register): void {
  const waiting: Node[] = [node];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (at(next, "image") !== undefined)
      for (const variable of itemsOf(at(next, "env"))) {
        const key = textOf(at(variable, "name")) ?? "";
        const value = at(variable, "value");
        if (value !== undefined && isWritten(key, value))
          register.credential("kubernetes-environment-literal", value, `${called} ${key}`);
      }
    for (const item of itemsOf(next)) waiting.push(item);
    for (const [, { value }] of entriesOf(next)) waiting.push(value);
  }
}

/** Whether the value of a variable, or of a setting that is called so, holds a credential by itself. */
export function isWritten(key: string, value: Node): boolean {
  const text = value.kind === "number" ? String(value.number) : (textOf(value) ?? "");
  return (namesCredential(key) && literalCredential(text) !== undefined) || hasPasswordInUrl(text);
}

/** As whom a pod runs, as it says itself. */
interface Account {
  readonly namespace: string;
  readonly stated: boolean;
  readonly called: string;
  readonly name: string;
  /** Why the name is not known. */
  readonly unknown?: string;
  /** Whether the pod has the token mounted; absent: it does not say. */
  readonly mounts?: boolean | "unknown";
}

function accountOf({ namespace, stated, called }: KubeObject, pod: Node, draft: WorkloadDraft): Account {
  draft.tells("identity");
  const mounts = at(pod, "automountServiceAccountToken");
  const named = at(pod, "serviceAccountName") ?? at(pod, "serviceAccount");
  const spot = mounts ?? named;
  if (spot !== undefined) draft.part("workload_identity", spot);
  const { text = "default", unknown } = settled(named);
  return {
    namespace,
    stated,
    called,
    name: text,
    ...(unknown === undefined ? {} : { unknown }),
    ...(mounts === undefined ? {} : { mounts: booleanOf(mounts) ?? "unknown" }),
  };
}

function identify(account: Account, draft: WorkloadDraft, beside: Beside): void {
  const { namespace, name, called } = account;
  const found = mounted(account, beside);
  const bound = beside.elsewhere.isBound(beside.directory, name, account);
  if (typeof found === "string") draft.hide("workload_identity", found);
  else if (found && bound === "perhaps") {
    const detail = `a role is bound to service account ${name} in another directory: whether it is the one of ${called} (${namespace}/${name}) is not known`;
    draft.hide("workload_identity", detail);
  } else
    draft.set({
      identity: {
        service_account: name.slice(0, 256),
        token_mounted: found,
        bound: bound === true,
      },
    });
}

/** Whether the token lies in the containers, or why that is not known: the pod decides, then its service account; else it does. */
function mounted(
  { namespace, stated, called, name, unknown, mounts }: Account,
  { directory, elsewhere }: Beside,
): boolean | string {
  if (mounts === "unknown") return `automountServiceAccountToken of ${called} is filled in elsewhere`;
  if (mounts === false) return false;
  if (unknown !== undefined) return `serviceAccountName of ${called}: ${unknown}`;
  if (mounts) return true;
  const account = elsewhere.accountOf(directory, name, { namespace, stated });
  if (account === undefined && name !== "default")
    return `service account ${namespace}/${name}, which may keep its token out of ${called}, is not in these files`;
  const theirs = at(account?.node, "automountServiceAccountToken");
  if (theirs === undefined) return true;
  return (
    booleanOf(theirs) ?? `automountServiceAccountToken of service account ${name} is filled in elsewhere`
  );
}

/** Variables of a map of plain settings, such as a ConfigMap's data, that hold credentials. */
export function writtenSettings(
  settings: Node | undefined,
): { readonly key: string; readonly value: Node }[] {
  return entriesOf(settings).flatMap(([key, { value }]) => (isWritten(key, value) ? [{ key, value }] : []));
}
