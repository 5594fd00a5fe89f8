import type { PolicyDocument } from "./document.ts";
import type { SourcedResource } from "./estate-parts.ts";
import { granteeEntries } from "./key-grant.ts";
import type { PrincipalEntry } from "./principal-entry.ts";
import type { Documents } from "./world-documents.ts";
import { isUnreadable } from "./world-schema.ts";

/** The policies of things that could be read, one for each text. */
export function resourceDocuments(
  resources: ReadonlyMap<string, SourcedResource>,
  documents: Documents,
): PolicyDocument[] {
  return [...resources.values()].flatMap((one) => documentOf(one, documents) ?? []);
}

/** A thing's policy; undefined where it has none or it could not be read. */
export function documentOf({ policy }: SourcedResource, documents: Documents): PolicyDocument | undefined {
  if (policy === undefined || isUnreadable(policy.given) || Object.keys(policy.given).length === 0)
    return undefined;
  return documents.parsed(policy.given, "resource");
}

/** Everyone whom an allowing statement or a key grant names, once each. */
export function entriesIn(
  documents: readonly PolicyDocument[],
  resources: ReadonlyMap<string, SourcedResource>,
): PrincipalEntry[] {
  const found = new Map<string, PrincipalEntry>();
  const add = (entry: PrincipalEntry): void => void found.set(JSON.stringify(entry), entry);
  for (const { statements } of documents) {
    for (const { effect, principals } of statements) {
      if (effect === "Deny" || principals === undefined) continue;
      if (principals.except) add({ kind: "everyone", bare: true });
      else principals.of.forEach(add);
    }
  }
  for (const { resource } of resources.values()) grantees(resource).forEach(add);
  return [...found.values()];
}

/** What grants of a key name that is no principal as AWS writes them: it may be anybody. */
export function unknownGrantees({ resource }: Pick<SourcedResource, "resource">): string[] {
  if (isUnreadable(resource) || resource.grants === undefined || isUnreadable(resource.grants)) return [];
  const named = resource.grants.flatMap((grant) => (isUnreadable(grant) ? [] : grant.GranteePrincipal));
  return named.filter((text) => granteeEntries(text) === undefined);
}

/** Whom the grants of a key name. */
export function grantees(resource: SourcedResource["resource"]): PrincipalEntry[] {
  if (isUnreadable(resource) || resource.grants === undefined || isUnreadable(resource.grants)) return [];
  return resource.grants.flatMap((grant) =>
    isUnreadable(grant) ? [] : (granteeEntries(grant.GranteePrincipal) ?? []),
  );
}
