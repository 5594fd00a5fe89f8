import type { Outcome } from "../policy/index.ts";
import type { OutcomeCounts } from "./status.ts";

export const NO_OUTCOMES: OutcomeCounts = {
  population: 0,
  compliant: 0,
  deviation: 0,
  waived: 0,
  undetermined: 0,
  not_applicable: 0,
  error: 0,
};

/** Which counts go up by one; an error of the policy is something that could not be judged. */
const COUNTED: Record<Outcome["outcome"], readonly (keyof OutcomeCounts)[]> = {
  compliant: ["compliant"],
  error: ["undetermined", "error"],
  not_applicable: ["not_applicable"],
  undetermined: ["undetermined"],
  violation: ["deviation"],
};

/** Counts outcomes by policy in one pass: what is kept does not grow with their number, and their order does not matter. */
export class OutcomeTally {
  readonly #byPolicy = new Map<string, OutcomeCounts>();

  add({ policy_id, outcome }: Pick<Outcome, "policy_id" | "outcome">): void {
    let counts = this.#byPolicy.get(policy_id);
    if (counts === undefined) this.#byPolicy.set(policy_id, (counts = { ...NO_OUTCOMES }));
    counts.population += 1;
    for (const name of COUNTED[outcome]) counts[name] += 1;
  }

  /** All zero for a policy that judged nothing. */
  of(policyId: string): OutcomeCounts {
    return this.#byPolicy.get(policyId) ?? NO_OUTCOMES;
  }
}

export function sumOf(all: readonly OutcomeCounts[]): OutcomeCounts {
  const sum = { ...NO_OUTCOMES };
  for (const counts of all) {
    for (const name of Object.keys(sum) as (keyof OutcomeCounts)[]) sum[name] += counts[name];
  }
  return sum;
}
