import { readdir } from "node:fs/promises";
import { join } from "node:path";
import {
  CountersignError,
  canonicalJson,
  compareStrings,
  fileError,
  readBounded,
  writeFileAtomically,
} from "../base/index.ts";
import { JudgedSubject, JudgementHead, type Judgement, type Rules } from "../evidence/index.ts";
import type { WhereAllowed } from "./keeping.ts";
import { Part, closed, compileSchema, readPart, writePart, type Static } from "../facts/index.ts";

/** `judgement.json`; the subjects are the part beside it. */
const Kept = closed({ head: JudgementHead, subjects: Part });

type Kept = Static<typeof Kept>;

const keptSchema = compileSchema(Kept);
const subjectSchema = compileSchema(JudgedSubject);

const HEAD_FILE = "judgement.json";
/** Largest `judgement.json`: ids of policies, and a name for each population of each store. */
const HEAD = { what: "a judgement", maxBytes: 16 * 1024 * 1024 } as const;
const SUBJECTS_FILE = "subjects.ndjson.zst";

/**
 * The judgements of a state directory, one a snapshot: the last one that was made. Whatever is not whole counts as not
 * kept and is made again from the snapshot.
 */
export class JudgementStore {
  readonly #directory: string;
  readonly #whereAllowed: WhereAllowed;

  constructor(directory: string, allowed: WhereAllowed) {
    this.#directory = directory;
    this.#whereAllowed = allowed;
  }

  /** The judgement of this very snapshot under these very rules, if it is kept. */
  async find(snapshot: SnapshotName, rulesSha256: string): Promise<Judgement | undefined> {
    const kept = await this.#kept(snapshot);
    if (kept?.head.rules_sha256 !== rulesSha256) return undefined;
    const subjects: JudgedSubject[] = [];
    try {
      for await (const value of readPart(this.#of(snapshot), kept.subjects)) {
        if (!subjectSchema.fits(value)) return undefined;
        subjects.push(value);
      }
    } catch (thrown) {
      if (thrown instanceof CountersignError) return undefined; // damaged or gone: it is made again
      throw thrown;
    }
    return { head: kept.head, subjects };
  }

  /** With what this snapshot was judged the first time, if that is known. */
  async firstRules(snapshot: SnapshotName): Promise<Rules | undefined> {
    return (await this.#kept(snapshot))?.head.first_rules;
  }

  /** Ids of the snapshots that were judged once, whatever became of them, in order. E_DISK. */
  async names(): Promise<string[]> {
    try {
      return (await readdir(this.#directory)).sort(compareStrings);
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw fileError(thrown, this.#directory, "read");
    }
  }

  /** What the last judgement of this snapshot says of it; undefined where it is not whole. */
  async head(snapshotId: string): Promise<JudgementHead | undefined> {
    return (await this.#keptOf(snapshotId))?.head;
  }

  /** Whether `find` need not be tried. */
  async has(snapshot: SnapshotName, rulesSha256: string): Promise<boolean> {
    return (await this.#kept(snapshot))?.head.rules_sha256 === rulesSha256;
  }

  /** Takes the place of an older judgement of the same snapshot, where that may be written. E_DISK. */
  async keep({ head, subjects }: Judgement): Promise<void> {
    const directory = this.#of(head);
    await this.#whereAllowed(async () => {
      const part = await writePart(directory, SUBJECTS_FILE, subjects);
      const kept: Kept = { head, subjects: part };
      await writeFileAtomically(join(directory, HEAD_FILE), `${canonicalJson(kept)}\n`);
    });
  }

  #of({ snapshot_id }: Pick<SnapshotName, "snapshot_id">): string {
    return join(this.#directory, snapshot_id);
  }

  async #kept(snapshot: SnapshotName): Promise<Kept | undefined> {
    const kept = await this.#keptOf(snapshot.snapshot_id);
    return kept?.head.manifest_sha256 === snapshot.manifest_sha256 ? kept : undefined;
  }

  async #keptOf(snapshot_id: string): Promise<Kept | undefined> {
    let value: unknown;
    try {
      value = JSON.parse(
        (await readBounded(join(this.#of({ snapshot_id }), HEAD_FILE), HEAD)).toString("utf8"),
      );
    } catch {
      return undefined; // not kept, not whole, or no file at all
    }
    return keptSchema.fits(value) && value.head.snapshot_id === snapshot_id ? value : undefined;
  }
}

/** A snapshot as a judgement names it. */
export type SnapshotName = Pick<JudgementHead, "snapshot_id" | "manifest_sha256">;
