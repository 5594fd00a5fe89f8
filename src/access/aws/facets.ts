import { conditionHolds, conditionText } from "./condition.ts";
import type { RequestContext } from "./context.ts";
import type { Condition, PolicyDocument } from "./document.ts";

/** Keys whose value is who asks, but for the account and the organisation. */
const OF_PRINCIPAL = /^aws:(?:principalarn|principaltag\/.*|username|userid|principaltype)$/i;

const TAG = /^(?:aws|secretsmanager|ssm|iam):resourcetag\/(.+)$/i;
const ENCRYPTION = /^kms:encryptioncontext:(?:secretarn|parameter_arn)$/i;

/** What documents ask of who asks and of what is asked for: by these alone may things with the same policies differ. */
export interface Facets {
  readonly ofPrincipal: readonly Condition[];
  /** Variables with the same keys. */
  readonly variables: readonly string[];
  /** Names of tags of resources, in lower case. */
  readonly tags: readonly string[];
  readonly encryption: readonly Condition[];
}

export function facetsOf(documents: Iterable<Pick<PolicyDocument, "statements">>): Facets {
  const ofPrincipal = new Map<string, Condition>();
  const encryption = new Map<string, Condition>();
  const variables = new Set<string>();
  const tags = new Set<string>();
  const key = (name: string): void => {
    const tag = TAG.exec(name)?.[1];
    if (tag !== undefined) tags.add(tag.toLowerCase());
  };
  for (const { statements } of documents) {
    for (const { conditions, resources } of statements) {
      const texts = [...(resources?.of ?? []).map(({ written }) => written)];
      for (const condition of conditions) {
        key(condition.key);
        texts.push(...condition.values);
        if (OF_PRINCIPAL.test(condition.key)) ofPrincipal.set(conditionText(condition), condition);
        if (ENCRYPTION.test(condition.key)) encryption.set(conditionText(condition), condition);
      }
      for (const variable of texts.flatMap(variablesIn)) {
        key(variable);
        if (OF_PRINCIPAL.test(variable)) variables.add(variable);
      }
    }
  }
  return {
    ofPrincipal: [...ofPrincipal.values()],
    variables: [...variables],
    tags: [...tags],
    encryption: [...encryption.values()],
  };
}

/** Whether a text has a variable that is a tag of what is asked for. */
export function hasTagOfThing(text: string): boolean {
  return variablesIn(text).some((variable) => TAG.test(variable));
}

function variablesIn(text: string): string[] {
  if (!text.includes("${")) return [];
  return [...text.matchAll(/\$\{([^},]+)/g)].map(([, key = ""]) => key.trim());
}

/** How somebody stands to what documents ask of who asks; alike for those whom they cannot tell apart. */
export function principalFacets({ ofPrincipal, variables }: Facets, context: RequestContext): unknown[] {
  return [
    ...variables.map((variable) => context.get(variable)),
    ...ofPrincipal.map((condition) => facet(condition, context)),
  ];
}

/** With a variable, what the other side's value is decides too. */
function facet(condition: Condition, context: RequestContext): unknown {
  return condition.values.some((value) => value.includes("${"))
    ? context.get(condition.key)
    : conditionHolds(condition, context);
}

/** The same of what is asked for by its ARN, in the encryption context. */
export function encryptionFacets({ encryption }: Facets, arn: string, context: RequestContext): unknown[] {
  if (encryption.length === 0) return [];
  for (const { key } of encryption) context.set(key, arn);
  return encryption.map((condition) => facet(condition, context));
}
