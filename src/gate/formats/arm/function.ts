import type { Spot } from "../../text/node.ts";
import { boolean } from "../terraform/values.ts";
import type { ArmValue } from "./values.ts";

/** A function of templates, by its arguments. Undefined: it cannot be worked out of these. */
export type ArmFunction = (args: readonly ArmValue[], spot: Spot) => ArmValue | undefined;

export const truth = (spot: Spot, holds: boolean): ArmValue => boolean(spot, holds);
