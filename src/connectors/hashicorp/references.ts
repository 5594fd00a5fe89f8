import type { Fact } from "../../facts/index.ts";
import type { Ask, WalkContext } from "./operation.ts";

/**
 * The questions that a fact raises by what it names: policies, groups, entities. A listing that is whole has led to them
 * already; what no listing showed is asked for by its name, so that "there is no such thing" is the server's word about
 * that very thing and not a listing's silence.
 */
export function referencesOf(fact: Fact, namespace: string, { dialect }: WalkContext): Ask[] {
  const policies = policiesOf(fact).map((name): Ask => {
    const params = { name, ...(dialect === undefined ? {} : { dialect }) };
    return { operation: "namespace.named_policy", params, namespace };
  });
  // A namespace's groups may have members of the namespaces above, where this id would not be found.
  const identities = namespace === "" ? identitiesOf(fact) : [];
  return [...policies, ...identities];
}

/** By the name that the server looks up, which has no capitals; a name with a template in it is nobody's. */
function policiesOf(fact: Fact): string[] {
  return [...new Set(policyNames(fact).map((name) => name.trim().toLowerCase()))].filter(
    (name) => name !== "" && !name.includes("{{"),
  );
}

function policyNames(fact: Fact): readonly string[] {
  switch (fact.kind) {
    case "auth_role":
      return [...fact.policies, ...(fact.allowed_policies ?? [])];
    case "principal":
    case "group":
      return fact.policies;
    case "token":
      return [...fact.policies, ...fact.identity_policies];
    default:
      return [];
  }
}

function identitiesOf(fact: Fact): Ask[] {
  switch (fact.kind) {
    case "principal":
      return groups([...fact.direct_group_ids, ...fact.inherited_group_ids]);
    case "group":
      return [
        ...groups([...fact.member_group_ids, ...fact.parent_group_ids]),
        ...entities(fact.member_entity_ids),
      ];
    case "token":
      return entities(fact.entity_id === undefined ? [] : [fact.entity_id]);
    default:
      return [];
  }
}

function groups(ids: readonly string[]): Ask[] {
  return ids.map((name) => ({ operation: "identity.group", params: { name }, namespace: "" }));
}

function entities(ids: readonly string[]): Ask[] {
  return ids.map((name) => ({ operation: "identity.entity", params: { name }, namespace: "" }));
}
