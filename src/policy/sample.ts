/** A subject's document and the line of outcomes that was kept for it. */
export interface Taken {
  readonly document: Uint8Array;
  readonly outcomes: Uint8Array;
}

/** Most subjects of a sample; each is at most 16 KiB, with some KiB of outcomes. */
const MAX_SAMPLED = 64;

/** A random sample of all that it is offered, each as likely as the next: reservoir sampling (Vitter 1985, algorithm R). */
export class Sample {
  private readonly random: () => number;
  private readonly kept: Taken[] = [];
  private offered = 0;

  /** `random`: uniform in [0, 1), not to be foreseen by whoever may write what is sampled. */
  constructor(random: () => number) {
    this.random = random;
  }

  /** Copies what it keeps. */
  offer({ document, outcomes }: Taken): void {
    this.offered += 1;
    const place = this.offered <= MAX_SAMPLED ? this.offered - 1 : Math.floor(this.random() * this.offered);
    if (place < MAX_SAMPLED)
      this.kept[place] = { document: Uint8Array.from(document), outcomes: Uint8Array.from(outcomes) };
  }

  all(): readonly Taken[] {
    return this.kept;
  }
}
