import { digestOf } from "../base/index.ts";
import { Text, Type, closed, literals, type Static } from "../facts/index.ts";
import { PolicyId } from "../policy/index.ts";
import type { MappedControl, Mapping } from "./mapping.ts";
import { Strength } from "./status.ts";

/**
 * A control as the organisation itself words it, which controls of frameworks it is meant to answer, and which policies,
 * ours or its own, test it. Whatever is left out is said to be not stated.
 */
export const OwnControl = closed({
  id: Type.String({ minLength: 1, maxLength: 64, description: "the organisation's own id of the control" }),
  title: Type.Optional(Text),
  wording: Type.Optional(Type.String({ maxLength: 4096, description: "the control as its owner wrote it" })),
  owner: Type.Optional(Text),
  frequency: Type.Optional(Type.String({ maxLength: 200, description: "how often it is performed" })),
  nature: Type.Optional(literals(["automated", "manual"])),
  purpose: Type.Optional(literals(["preventive", "detective"])),
  answers: Type.Optional(
    Type.Array(
      Type.String({
        pattern: "^[a-z0-9-]+:\\S+$",
        description: "<framework>:<control id>, as soc2-2017:CC6.1",
      }),
      { minItems: 1, maxItems: 500, uniqueItems: true },
    ),
  ),
  policies: Type.Optional(
    Type.Array(closed({ id: PolicyId, strength: Strength }), {
      minItems: 1,
      maxItems: 200,
      description: "policies that test it: direct ones answer it, supporting ones add to the picture",
    }),
  ),
});

export type OwnControl = Static<typeof OwnControl>;

/** The organisation's own controls that answer one control of a framework, in the order of the configuration. */
export function ownControlsFor(
  all: readonly OwnControl[],
  framework: string,
  controlId: string,
): readonly OwnControl[] {
  return all.filter(
    ({ id, answers }) =>
      answers?.includes(`${framework}:${controlId}`) === true || (framework === OWN && id === controlId),
  );
}

/** Stands where a framework's id stands, for results of the organisation's own controls. */
const OWN = "own-controls";

/**
 * The own controls as a framework of their own; undefined where there is none. One that names no policy, and is answered by
 * people alone, is not tested: it stands there all the same, so that nobody takes it for forgotten.
 */
export function ownMapping(
  all: readonly OwnControl[],
  entity: string,
  families: Mapping["families"],
): Mapping | undefined {
  const stated = all.map(({ id, title = id, policies = [], answers = [] }): [string, MappedControl] => [
    id,
    { title, policies: [...policies], unanswered: [], ...noteOf(policies, answers) },
  ]);
  if (stated.length === 0) return undefined;
  return {
    framework: {
      id: OWN,
      title: "Own controls",
      edition: "as the configuration states them",
      publisher: entity,
      source: "controls of countersign.yaml",
      id_scheme: "The organisation's own ids.",
    },
    controls: new Map(stated),
    families,
    sha256: digestOf(stated),
  };
}

/** Where the results stand of a control that names no policy itself and answers controls of frameworks. */
function noteOf(policies: readonly unknown[], answers: readonly string[]): Pick<MappedControl, "note"> {
  if (policies.length > 0 || answers.length === 0) return {};
  return {
    note: `the configuration names no policies that test it; results about what it answers stand with ${answers.join(", ")}`,
  };
}

/**
 * A framework's mapping with the policies of the own controls that answer its controls. They support and never answer: they
 * can show that a control fails and never that it holds, since nobody has compared them with the framework's text.
 */
export function withOwnPolicies(mapping: Mapping, all: readonly OwnControl[]): Mapping {
  const controls = [...mapping.controls].map(([id, control]): [string, MappedControl] => {
    const known = new Set(control.policies.map((policy) => policy.id));
    const added = ownControlsFor(all, mapping.framework.id, id)
      .flatMap(({ policies = [] }) => policies.map((policy) => policy.id))
      .filter((policyId) => !known.has(policyId));
    const policies = [...new Set(added)].sort().map((policyId) => {
      return { id: policyId, strength: "supporting", verify: true } as const;
    });
    return [
      id,
      policies.length === 0 ? control : { ...control, policies: [...control.policies, ...policies] },
    ];
  });
  return { ...mapping, controls: new Map(controls) };
}
