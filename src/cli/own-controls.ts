import { CountersignError } from "../base/index.ts";
import type { Mapping, OwnControl } from "../controls/index.ts";
import type { LoadedConfig } from "./config.ts";

/**
 * The organisation's own controls. An id that stands twice, and an answer to a control that no mapping has, are E_CONFIG
 * with line and column. `mappings`: all that there are, also those that are out of scope.
 */
export function ownControls(
  { value, locate }: Pick<LoadedConfig, "value" | "locate">,
  mappings: readonly Mapping[],
): readonly OwnControl[] {
  const controls = value.controls ?? [];
  const ids = controls.map(({ id }) => id);
  const byFramework = new Map(mappings.map((mapping) => [mapping.framework.id, mapping.controls]));
  for (const [index, { id, answers }] of controls.entries()) {
    const at = ["controls", String(index)];
    if (ids.indexOf(id) !== index) {
      throw new CountersignError("E_CONFIG", `expected each control once, got ${id} again`, {
        location: locate([...at, "id"]),
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
