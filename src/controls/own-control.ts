import { Text, Type, closed, literals, type Static } from "../facts/index.ts";

/**
 * A control as the organisation itself words it, and which controls of frameworks it is meant to answer. Whatever is left
 * out is said to be not stated.
 */
export const OwnControl = closed({
  id: Type.String({ minLength: 1, maxLength: 64, description: "the organisation's own id of the control" }),
  title: Type.Optional(Text),
  wording: Type.Optional(Type.String({ maxLength: 4096, description: "the control as its owner wrote it" })),
  owner: Type.Optional(Text),
  frequency: Type.Optional(Type.String({ maxLength: 200, description: "how often it is performed" })),
  nature: Type.Optional(literals(["automated", "manual"])),
  purpose: Type.Optional(literals(["preventive", "detective"])),
  answers: Type.Array(
    Type.String({
      pattern: "^[a-z0-9-]+:\\S+$",
      description: "<framework>:<control id>, as soc2-2017:CC6.1",
    }),
    { minItems: 1, maxItems: 500, uniqueItems: true },
  ),
});

export type OwnControl = Static<typeof OwnControl>;

/** The organisation's own controls that answer one control of a framework, in the order of the configuration. */
export function ownControlsFor(
  all: readonly OwnControl[],
  framework: string,
  controlId: string,
): readonly OwnControl[] {
  return all.filter(({ answers }) => answers.includes(`${framework}:${controlId}`));
}
