import { counted } from "../base/index.ts";
/** Subjects for which a policy may take too long before it is given up: each costs the whole of the time. */
const MAX_OVERRUNS = 3;

/**
 * What is known of policies whose calls had to be ended, since they took too long. One serves all the evaluations of a
 * command, so that a policy is given up once.
 */
export class Overruns {
  private together = false;
  private readonly counts = new Map<string, number>();

  /** No call had to be ended so far. */
  get none(): boolean {
    return !this.together && this.counts.size === 0;
  }

  /** Policies are asked one by one: a call of several had to be ended, and it is not known which was at fault. */
  get singly(): boolean {
    return !this.none;
  }

  /** A call of this policy had to be ended, or of several together where no id is given. */
  add(policyId?: string): void {
    if (policyId === undefined) this.together = true;
    else this.counts.set(policyId, (this.counts.get(policyId) ?? 0) + 1);
  }

  /** Policies that are not asked any more, with the reason. */
  givenUp(): { readonly policyId: string; readonly fault: string }[] {
    return [...this.counts]
      .filter(([, count]) => count >= MAX_OVERRUNS)
      .map(([policyId, count]) => ({
        policyId,
        fault: `given up: its evaluation had to be ended for ${counted(count, "subject")}, since it took too long`,
      }));
  }
}
