import type { Catalogue, SubjectKind } from "./catalogue.ts";

/**
 * By what a compiled bundle is asked. The compiler puts all that an entrypoint says itself into one function, whichever is called: with an
 * entrypoint for each policy it took 50 ms and 95 MB to make that function ready to run. So entrypoints are rules of a package of their own,
 * each a function that is made ready when it is called first.
 */
const PACKAGE = "countersign_entry";

/** Where everything of a bundle stands. */
export const ROOTS = ["countersign", PACKAGE];

/** What one policy says: `kind` and `policy` of the input name it. No kind has this name, nor the next. */
const ONE = "one_policy";

export const ONE_POLICY = `${PACKAGE}/${ONE}`;

/** Names of all policies that were compiled. */
const ALL = "policies";

export const ALL_POLICIES = `${PACKAGE}/${ALL}`;

/** What all policies about subjects of a kind say, by their ids. */
export function entrypointOf(kind: SubjectKind): string {
  return `${PACKAGE}/${kind}`;
}

/** All of them, in order. */
export function entrypointsOf(catalogue: Catalogue): string[] {
  return [...kindsOf(catalogue).map(entrypointOf), ONE_POLICY, ALL_POLICIES].sort();
}

/** What `ALL_POLICIES` answers where it was compiled with this catalogue: `<kind>/<policy id>`, in order. */
export function policyNames({ policies }: Catalogue): string[] {
  return policies.map(({ subject, policy_id }) => `${subject}/${policy_id}`).sort();
}

/** The rules by which a policy says something; what helps it is not answered, nor worked out where it is not needed. */
const SAID = ["applicable", "compliant", "violations"];

/** The Rego in which they stand. */
export function entrypointModule(catalogue: Catalogue): string {
  const kinds = catalogue.policies.flatMap(({ subject, policy_id }) =>
    SAID.map(
      (rule) => `${subject}.${policy_id}.${rule} := data.countersign.${subject}.${policy_id}.${rule}\n`,
    ),
  );
  return [
    `package ${PACKAGE}\n`,
    ...kinds,
    `${ONE} := data.countersign[input.kind][input.policy]\n`,
    `${ALL} := ${JSON.stringify(policyNames(catalogue))}\n`,
  ].join("\n");
}

function kindsOf({ policies }: Catalogue): SubjectKind[] {
  return [...new Set(policies.map(({ subject }) => subject))].sort();
}
