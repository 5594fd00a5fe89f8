import { entriesOf, itemsOf, textOf, type Node } from "../../text/node.ts";
import { literalCredential, namesCredential } from "../workload/credential-text.ts";
import { evaluate, type Env } from "./evaluate.ts";
import type { ArmResource } from "./resources.ts";
import { field } from "./values.ts";

/** A value that becomes a credential, as it is written. */
export interface Sink {
  readonly node: Node;
  readonly env: Env;
  /** E.g. `db.value`. */
  readonly what: string;
  /** Whether a text is one by itself, and no placeholder or reference. */
  readonly isWritten: (text: string) => boolean;
}

/** Properties that are credentials, of whatever resource. Source: the resource providers' references, "secure string". */
const PASSWORDS =
  /^(?:admin(?:istrator)?(?:login)?password|clientsecret|loginpassword|password|sharedkey|storageaccountkey)$/i;

/** Lists of `name` and `value` in which some are credentials, by their names. */
const VARIABLES = /^(?:appsettings|env|environmentvariables)$/i;

/** Deepest in `properties` that is looked. */
const MAX_DEEP = 20;

/** What of a resource is a credential: a secret's value, passwords, and variables that are called so. */
export function sinksOf({ key, address, node, env }: ArmResource): Sink[] {
  const properties = field(node, "properties");
  if (key === "microsoft.resources/deployments") return givenElsewhere(properties, address, env);
  if (key === "microsoft.keyvault/vaults/secrets") {
    const value = field(properties, "value");
    const isWritten = (text: string): boolean => text.trim() !== "";
    return value === undefined ? [] : [{ node: value, env, what: `${address}.value`, isWritten }];
  }
  const found: Sink[] = [];
  const add = (one: Node, name: string): void => {
    found.push({ node: one, env, what: `${address}.${name}`, isWritten });
  };
  if (/\/config$/.test(key) && /appsettings$/i.test(textOf(field(node, "name")) ?? ""))
    for (const [name, { value }] of entriesOf(properties)) if (namesCredential(name)) add(value, name);
  if (properties !== undefined) within(properties, key, env, add);
  return found;
}

/** What a template that stands elsewhere is given; what one within makes of it is looked at by itself. */
function givenElsewhere(properties: Node | undefined, address: string, env: Env): Sink[] {
  if (field(properties, "template") !== undefined) return [];
  return entriesOf(field(properties, "parameters")).flatMap(([name, { value: given }]): Sink[] => {
    const value = namesCredential(name) ? field(given, "value") : undefined;
    return value === undefined ? [] : [{ node: value, env, what: `${address}.${name}`, isWritten }];
  });
}

const VAULT_REFERENCE = /^@Microsoft\.KeyVault\(/i;

function isWritten(text: string): boolean {
  return !VAULT_REFERENCE.test(text.trim()) && literalCredential(text) !== undefined;
}

function within(node: Node, type: string, env: Env, add: (one: Node, name: string) => void, depth = 0): void {
  if (depth > MAX_DEEP) return;
  for (const item of itemsOf(node)) within(item, type, env, add, depth + 1);
  for (const [name, { value }] of entriesOf(node)) {
    if (PASSWORDS.test(name) && value.kind === "text") add(value, name);
    // Secrets of a container app are secrets whatever they are called.
    const isSecrets = /^secrets$/i.test(name) && type === "microsoft.app/containerapps";
    if (VARIABLES.test(name) || isSecrets)
      for (const item of itemsOf(value)) {
        const secure = field(item, "secureValue");
        if (secure !== undefined) add(secure, calledIn(item, env));
        const one = field(item, "value");
        const called = calledIn(item, env);
        if (one !== undefined && (isSecrets || namesCredential(called))) add(one, called);
      }
    within(value, type, env, add, depth + 1);
  }
}

function calledIn(item: Node, env: Env): string {
  const name = field(item, "name");
  return (name === undefined ? undefined : textOf(evaluate(name, env))) ?? "without a name";
}

/** What is kept in the clear with a resource, for whoever may read that. */
interface Shown {
  readonly node: Node;
  readonly env: Env;
  /** E.g. `arguments`, `environment variable DB_PASSWORD`. */
  readonly what: string;
}

/** Types whose resources tell what they were made with. Source: Microsoft.Resources/deploymentScripts and Microsoft.ContainerInstance/containerGroups, "secureValue". */
const SHOWING = /^microsoft\.(?:resources\/deploymentscripts|containerinstance\/containergroups)$/;

/** What scripts and containers are given, and tell whoever reads the resource. */
export function shownBy({ key, node, env }: ArmResource): Shown[] {
  if (!SHOWING.test(key)) return [];
  const properties = field(node, "properties");
  const groups = itemsOf(field(properties, "containers")).map((one) => field(one, "properties"));
  return [properties, ...groups].flatMap((one) => [
    ...["arguments", "command", "scriptContent"].flatMap((name): Shown[] => {
      const value = field(one, name);
      return value === undefined ? [] : [{ node: value, env, what: name }];
    }),
    ...itemsOf(field(one, "environmentVariables")).flatMap((item): Shown[] => {
      const value = field(item, "value");
      const what = `environment variable ${calledIn(item, env)}`;
      return value === undefined ? [] : [{ node: value, env, what }];
    }),
  ]);
}
