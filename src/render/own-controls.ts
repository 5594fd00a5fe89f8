import { ownControlsFor, type ControlStatus, type OwnControl } from "../controls/index.ts";
import type { EvidenceHead } from "../evidence/index.ts";

/** What is said where the configuration is silent about an own control. */
export const NOT_STATED_BY_ENTITY = "not stated by the entity";

/** One own control in words, as both the lists and the report say it. */
export interface StatedControl {
  readonly id: string;
  readonly title: string;
  readonly wording: string;
  readonly owner: string;
  readonly frequency: string;
  /** Automated or manual, preventive or detective. */
  readonly nature: string;
}

/** The entity's own controls that answer this control of a framework; empty where it states none. */
export function statedControls(
  { own_controls }: Pick<EvidenceHead, "own_controls">,
  { framework, control_id }: Pick<ControlStatus, "framework" | "control_id">,
): StatedControl[] {
  return ownControlsFor(own_controls, framework, control_id).map(stated);
}

function stated({ id, title, wording, owner, frequency, nature, purpose }: OwnControl): StatedControl {
  return {
    id,
    title: title ?? NOT_STATED_BY_ENTITY,
    wording: wording ?? NOT_STATED_BY_ENTITY,
    owner: owner ?? NOT_STATED_BY_ENTITY,
    frequency: frequency ?? NOT_STATED_BY_ENTITY,
    nature: [
      nature ?? "automated or manual: not stated",
      purpose ?? "preventive or detective: not stated",
    ].join(", "),
  };
}
