import { CountersignError, nearest } from "../base/index.ts";
import type { Mapping, OwnControl } from "../controls/index.ts";
import type { Catalogue } from "../policy/index.ts";
import type { LoadedConfig } from "./config.ts";

/**
 * The organisation's own controls. An id that stands twice, an answer to a control that no mapping has, a policy that is not
 * there or stands twice, and a control that names neither are E_CONFIG with line and column. `mappings`: all that there are,
 * also those that are out of scope.
 */
export function ownControls(
  { value, locate }: Pick<LoadedConfig, "value" | "locate">,
  mappings: readonly Mapping[],
  { policies: known }: Catalogue,
): readonly OwnControl[] {
  const controls = value.controls ?? [];
  const ids = controls.map(({ id }) => id);
  const byFramework = new Map(mappings.map((mapping) => [mapping.framework.id, mapping.controls]));
  const policyIds = known.map(({ policy_id }) => policy_id);
  for (const [index, { id, answers = [], policies = [] }] of controls.entries()) {
    const at = ["controls", String(index)];
    if (ids.indexOf(id) !== index) {
      throw new CountersignError("E_CONFIG", `expected each control once, got ${id} again`, {
        location: locate([...at, "id"]),
      });
    }
    if (answers.length + policies.length === 0) {
      throw new CountersignError(
        "E_CONFIG",
        `expected answers or policies of the control ${id}, got neither`,
        {
          location: locate(at),
          fix: "Name the controls of frameworks that it answers, or the policies that test it.",
        },
      );
    }
    const named = policies.map((policy) => policy.id);
    const odd = named.findIndex((name, place) => !policyIds.includes(name) || named.indexOf(name) !== place);
    const wrong = named[odd];
    if (wrong !== undefined) {
      const near = nearest(wrong, policyIds);
      const expected = policyIds.includes(wrong) ? "each policy once in a control" : "a policy that exists";
      throw new CountersignError("E_CONFIG", `expected ${expected}, got ${wrong}`, {
        location: locate([...at, "policies", String(odd), "id"]),
        fix:
          near === undefined || near === wrong
            ? "`countersign policy list` names ours."
            : `Did you mean ${near}?`,
      });
    }
    for (const [place, answer] of answers.entries()) {
      const [framework = "", ...rest] = answer.split(":");
      const known = byFramework.get(framework);
      if (known?.has(rest.join(":")) === true) continue;
      const frameworks = [...byFramework.keys()].join(", ");
      const expected = known === undefined ? `a framework of ${frameworks}` : `a control of ${framework}`;
      throw new CountersignError("E_CONFIG", `expected ${expected}, got ${answer}`, {
        location: locate([...at, "answers", String(place)]),
        fix: "Write <framework>:<control id> as the file of that framework in mappings/ has it.",
      });
    }
  }
  return controls;
}
