import type { Catalogue } from "./catalogue.ts";

/** Words that a thread shares with the one that watches it: the turn, the subject in the group, what is asked. */
const TURN = 0;
const SUBJECT = 1;
const ASKED = 2;
const WORDS = 3;

/** What stands in `ASKED` for all policies of a module; those of the catalogue follow by their places. */
const TOGETHER = 0;

/** A call under way: the subject's place in its group, and the policy, or undefined for several together. */
export interface Call {
  readonly subject: number;
  readonly policyId: string | undefined;
}

/**
 * Which call a thread is in, in memory that its watcher reads while it runs. A turn is odd within a call, and no two calls
 * have the same.
 */
export class Progress {
  readonly shared: SharedArrayBuffer;
  private readonly words: Int32Array;
  private readonly policyIds: readonly string[];
  private readonly places: ReadonlyMap<string, number>;

  constructor({ policies }: Catalogue, shared = new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT)) {
    this.shared = shared;
    this.words = new Int32Array(shared);
    this.policyIds = policies.map(({ policy_id }) => policy_id);
    this.places = new Map(this.policyIds.map((policyId, place) => [policyId, place]));
  }

  begin(subject: number, policyId?: string): void {
    const place = policyId === undefined ? undefined : this.places.get(policyId);
    Atomics.store(this.words, SUBJECT, subject);
    Atomics.store(this.words, ASKED, place === undefined ? TOGETHER : TOGETHER + 1 + place);
    Atomics.add(this.words, TURN, 1);
  }

  end(): void {
    Atomics.add(this.words, TURN, 1);
  }

  /** The turn of the call under way; undefined between calls. */
  get turn(): number | undefined {
    const turn = Atomics.load(this.words, TURN);
    return (turn & 1) === 1 ? turn : undefined;
  }

  /** The call of the present turn. */
  get call(): Call {
    const subject = Atomics.load(this.words, SUBJECT);
    return { subject, policyId: this.policyIds[Atomics.load(this.words, ASKED) - TOGETHER - 1] };
  }
}
