import { join } from "node:path";
import { CountersignError, isTemporary, sha256 } from "../base/index.ts";
import { anchorSchema, type Anchor, type AnchorPlace } from "./anchor.ts";
import { MAX_BLOB_BYTES } from "./blob.ts";
import { Blobs } from "./blobs.ts";
import { openVersion } from "./changes.ts";
import { KEPT_GENERATIONS } from "./committer.ts";
import { Findings, UNLOCKING, type VaultFinding } from "./findings.ts";
import { checkFiles } from "./fsck-files.ts";
import { checkLogs, type LogHead } from "./fsck-logs.ts";
import { MAX_GENERATION_BYTES, decodeGeneration, openIndex, type Generation } from "./generation.ts";
import {
  isForgetful,
  lacksHeads,
  predecessors,
  refuseBrokenHistory,
  refuseForeign,
  refuseOlder,
  refuseStranger,
  type Head,
} from "./head.ts";
import { digestInHistory } from "./index-document.ts";
import type { LedgerHead } from "./ledger-heads.ts";
import type { VaultTerms } from "./terms.ts";
import { unlocked } from "./unlocking.ts";

/** What was looked at; an error-free report with a zero here has checked nothing of that kind. */
interface Counts {
  anchors: number;
  leaves: number;
  generations: number;
  entries: number;
  blobs: number;
  access_logs: number;
  events: number;
}

export interface FsckReport {
  /** By path, then code. */
  readonly findings: readonly VaultFinding[];
  readonly counts: Readonly<Counts>;
}

/** A ledger, read whole. */
interface LeafReader {
  readonly name: string;
  all(): AsyncIterable<{ type: string; payload: Readonly<Record<string, number | string>> }>;
  holds(head: LedgerHead): Promise<boolean>;
}

export interface FsckTerms extends Pick<
  VaultTerms,
  "anchors" | "directory" | "files" | "pin" | "providers" | "signal"
> {
  readonly ledger: LeafReader;
  /** Directories outside the vault's whose files are for the owner alone too: of anchors, of the ledger. */
  readonly alsoPrivate: readonly string[];
}

/** Times that all is looked at while other processes commit. */
const MAX_TRIES = 4;

const GENERATION_NAME = /^(?!0{12})\d{12}$/;
const DIGEST = /^[0-9a-f]{64}$/;

/**
 * Looks at everything that belongs to a vault and tells all that is wrong, not only the first. It writes nothing, not
 * even to the access log, and hands no credential out. Where no key opens the vault, it checks what needs none.
 *
 * @throws CountersignError E_INTERRUPTED at a prompt for a key.
 */
export async function fsck(terms: FsckTerms): Promise<FsckReport> {
  for (let tries = 1; ; tries += 1) {
    const check = new Check(terms);
    const head = await check.run();
    const settled = (await check.generationNumbers()).at(-1) === head || tries === MAX_TRIES;
    if (settled || !check.findings.damaging) return check.report();
  }
}

/** What one place remembers. */
interface Remembered {
  readonly place: AnchorPlace;
  readonly anchors: readonly Anchor[];
}

class Check {
  readonly findings = new Findings();
  readonly #terms: FsckTerms;
  readonly #counts: Counts = {
    anchors: 0,
    leaves: 0,
    generations: 0,
    entries: 0,
    blobs: 0,
    access_logs: 0,
    events: 0,
  };
  /** Heads of access logs that the ledger holds. */
  readonly #logHeads: LogHead[] = [];
  /** The last restore that a person declared, the making of the vault included: what stands before it no longer counts. */
  #adopted = { leaf: 0, generation: 1 };

  constructor(terms: FsckTerms) {
    this.#terms = terms;
  }

  report(): FsckReport {
    return { findings: this.findings.sorted(), counts: this.#counts };
  }

  /** Returns the number of the newest generation. What remembers the vault is read before what it remembers. */
  async run(): Promise<number | undefined> {
    const { directory, alsoPrivate } = this.#terms;
    await checkFiles([directory, ...alsoPrivate], this.#terms.files, this.findings);
    const anchors = await this.#anchors();
    const heads = await this.#knownHeads();
    const commits = await this.#leaves();
    await this.#ledgerHeads(heads, anchors);
    const generations = await this.#generations();
    const newest = generations.at(-1);
    const referred =
      newest === undefined ? undefined : await this.#head(newest, generations, anchors, commits);
    await this.#blobFiles(referred);
    const logHeads = { heads: this.#logHeads, adopted: this.#adopted, newest: newest?.number ?? 0 };
    Object.assign(this.#counts, await checkLogs({ ...this.#terms, ...logHeads }, this.findings));
    return newest?.number;
  }

  async generationNumbers(): Promise<number[]> {
    const names = await this.#names(join(this.#terms.directory, "gen"));
    return names.filter((name) => GENERATION_NAME.test(name)).map(Number);
  }

  /** Sorted; none where there is no directory. */
  async #names(path: string): Promise<string[]> {
    return await this.findings.namesIn(path, this.#terms.files);
  }

  async #anchors(): Promise<Remembered[]> {
    const found: Remembered[] = [];
    for (const place of this.#terms.anchors) {
      const anchors = await this.findings.attempt(place.name, async () => await place.all());
      if (anchors === undefined) continue;
      this.#counts.anchors += anchors.length;
      found.push({ place, anchors });
    }
    return found;
  }

  async #knownHeads(): Promise<Map<string, readonly LedgerHead[]>> {
    const known = new Map<string, readonly LedgerHead[]>();
    for (const { name, ledgerHeads } of this.#terms.anchors) {
      const heads = await this.findings.attempt(name, async () => await ledgerHeads?.all());
      if (heads !== undefined) known.set(name, heads);
    }
    return known;
  }

  /** The ledger must have every leaf that an anchor knows. */
  async #ledgerHeads(
    known: ReadonlyMap<string, readonly LedgerHead[]>,
    places: readonly Remembered[],
  ): Promise<void> {
    const { ledger } = this.#terms;
    const { leaves } = this.#counts;
    for (const [name, heads] of known) {
      for (const head of heads) {
        const held = await this.findings.attempt(ledger.name, async () => await ledger.holds(head));
        if (held !== false) continue;
        const message = `expected the ${head.leaves} leaves that ${name} knows, got others or fewer`;
        this.findings.add("rolled_back", ledger.name, message);
      }
      const newest = heads.at(-1)?.leaves ?? 0;
      if (newest >= leaves) continue;
      const { place, anchors } = places.find((one) => one.place.name === name) ?? {};
      const taken = place !== undefined && lacksHeads(place, anchors?.at(-1), heads.at(-1));
      const message = `expected it to know ${leaves} leaves of the ledger, got ${newest}`;
      this.findings.add(taken ? "missing" : "behind", name, message);
    }
  }

  /** The commits that the ledger tells of since the last declared restore; heads of access logs are put aside. */
  async #leaves(): Promise<Anchor[]> {
    const { ledger } = this.#terms;
    const commits: Anchor[] = [];
    await this.findings.attempt(ledger.name, async () => {
      for await (const { type, payload } of ledger.all()) {
        const leaf = (this.#counts.leaves += 1);
        if (type === "access-head") this.#putAside(leaf, payload);
        else if (!anchorSchema.fits(payload) || (type !== "vault-commit" && type !== "vault-adopt"))
          this.findings.add("altered", ledger.name, `expected a commit in leaf ${leaf}, got another`);
        else {
          if (type === "vault-adopt") this.#giveUp(leaf, payload, commits.splice(0));
          commits.push(payload);
        }
      }
      if (this.#adopted.leaf > 0) return;
      const message = "expected it to tell of the vault's making, or of a declared restore, got neither";
      this.findings.add("missing", ledger.name, message);
    });
    return commits;
  }

  #giveUp(leaf: number, { generation }: Anchor, before: readonly Anchor[]): void {
    this.#adopted = { leaf, generation };
    // Making a vault declares its first generation.
    if (before.length === 0 && generation === 1) return;
    const message = `leaf ${leaf}: a person declared that generation ${generation} counts, whatever stood before it`;
    this.findings.add("adopted", this.#terms.ledger.name, message);
  }

  #putAside(leaf: number, { log, events, sha256: head }: Readonly<Record<string, number | string>>): void {
    if (typeof log !== "string" || typeof events !== "number" || typeof head !== "string") {
      const message = "expected the head of an access log, got another leaf";
      this.findings.add("altered", this.#terms.ledger.name, message);
      return;
    }
    this.#logHeads.push({ log, events, sha256: head, leaf });
  }

  async #generations(): Promise<Generation[]> {
    const directory = join(this.#terms.directory, "gen");
    for (const name of await this.#names(this.#terms.directory)) {
      if (["blob", "gen", "log"].includes(name)) continue;
      this.findings.addForeign(
        join(this.#terms.directory, name),
        "expected blob, gen and log, got something else",
      );
    }
    const found: Generation[] = [];
    let newest: string | undefined;
    for (const name of await this.#names(directory)) {
      const path = join(directory, name);
      if (isTemporary(name)) continue;
      if (!GENERATION_NAME.test(name)) {
        this.findings.addForeign(path, "expected numbered generations, got something else");
        continue;
      }
      newest = name;
      const generation = await this.findings.attempt(path, async () => {
        const bytes = await this.#read(path, MAX_GENERATION_BYTES);
        return decodeGeneration(bytes, Number(name));
      });
      if (generation !== undefined) found.push(generation);
    }
    this.#counts.generations = found.length;
    if (newest === undefined) this.findings.add("missing", directory, "expected a generation, got none");
    // The newest alone counts: where it is damaged, nothing is judged by an older one.
    return found.at(-1)?.number === Number(newest) ? found : [];
  }

  /** Checks all that hangs on the newest generation; the blobs that it refers to, where a key opened it. */
  async #head(
    newest: Generation,
    generations: readonly Generation[],
    places: readonly Remembered[],
    commits: readonly Anchor[],
  ): Promise<Set<string> | undefined> {
    const path = this.#pathOf(newest.number);
    const anchors = places.flatMap((place) => place.anchors);
    await this.findings.attempt(path, () => refuseForeign(newest, this.#terms, anchors));
    for (const { place, anchors: known } of places) {
      await this.findings.attempt(path, () => refuseOlder(newest, known));
      if (known.some((anchor) => anchor.generation >= newest.number)) continue;
      // Of a ledger that is missing is told where it is read.
      const empty = known.length === 0 && !place.first;
      const code = empty && isForgetful(place, anchors) ? "missing" : "behind";
      const message = `expected it to know generation ${newest.number}, got an earlier one or none`;
      this.findings.add(code, place.name, message);
    }
    const unlock = async () => await unlocked(newest, this.#terms, anchors);
    const root = await this.findings.attempt(path, unlock, UNLOCKING);
    if (root === undefined) return undefined;
    try {
      const index = await this.findings.attempt(path, () => openIndex(newest, root));
      if (index === undefined) return undefined;
      const head: Head = { generation: newest, root, index };
      await this.findings.attempt(path, () => refuseBrokenHistory(newest, index, anchors));
      await this.findings.attempt(path, () => refuseStranger(root, index, this.#terms, anchors));
      await this.findings.attempt(path, () => this.#commits(head, commits));
      await this.findings.attempt(path, () => this.#history(head, generations));
      return await this.#blobs(head);
    } finally {
      root[Symbol.dispose]();
    }
  }

  /** Every commit that the ledger tells of must be in the vault's past. */
  #commits({ generation, index }: Head, commits: readonly Anchor[]): void {
    const { number, digest, vaultId } = generation;
    for (const commit of commits) {
      const known = commit.generation === number ? digest : digestInHistory(index, commit.generation);
      if (commit.vault_id === vaultId.toString("hex") && commit.sha256 === known) continue;
      const code = commit.generation > number ? "rolled_back" : "altered";
      const expected = `expected generation ${commit.generation} as the ledger has it (${commit.sha256})`;
      this.findings.add(
        code,
        this.#pathOf(commit.generation),
        `${expected}, got ${known === "" ? "none" : known}`,
      );
    }
  }

  /** The generations that are kept must be those that the index remembers, without a gap. */
  #history({ generation, root, index }: Head, generations: readonly Generation[]): void {
    const others = generations
      .slice(0, -1)
      .filter(({ number, digest }) => digest !== digestInHistory(index, number));
    const roots = others.length === 0 ? [] : predecessors(root, index);
    try {
      for (const older of others) {
        const path = this.#pathOf(older.number);
        const key = [root, ...roots].find(({ epoch }) => epoch === older.epoch);
        if (key !== undefined && isLate(older, key)) {
          this.findings.add("leftover", path, "a commit that came too late and never counted");
        } else {
          const remembered = digestInHistory(index, older.number);
          this.findings.add("altered", path, `expected the generation ${remembered}, got ${older.digest}`);
        }
      }
    } finally {
      for (const key of roots) key[Symbol.dispose]();
    }
    const there = new Set(generations.map(({ number }) => number));
    // A backup holds the newest generation alone.
    const first = Math.max(this.#adopted.generation, generation.number - KEPT_GENERATIONS + 1);
    for (let n = first; n < generation.number; n += 1) {
      if (there.has(n) || this.findings.about(this.#pathOf(n))) continue;
      this.findings.add("missing", this.#pathOf(n), "expected a generation, got none");
    }
  }

  /** Opens every blob that the index refers to, and tells which these are. */
  async #blobs({ generation: { vaultId }, root, index }: Head): Promise<Set<string>> {
    const directory = join(this.#terms.directory, "blob");
    const blobs = new Blobs(directory, this.#terms.files, { now: () => new Date(0) });
    const referred = new Set<string>();
    for (const { name, versions } of index.entries) {
      this.#counts.entries += 1;
      for (const version of versions) {
        referred.add(version.blob);
        const path = join(directory, version.blob.slice(0, 2), version.blob);
        await this.findings.attempt(path, async () => {
          openVersion({ vaultId, root }, name, version, await blobs.read(version.blob))[Symbol.dispose]();
          this.#counts.blobs += 1;
        });
      }
    }
    return referred;
  }

  /** Every other blob file must be what it is called by: without a key, which ones are referred to is not known. */
  async #blobFiles(referred: ReadonlySet<string> | undefined): Promise<void> {
    const directory = join(this.#terms.directory, "blob");
    for (const prefix of await this.#names(directory)) {
      for (const name of await this.#names(join(directory, prefix))) {
        const path = join(directory, prefix, name);
        if (isTemporary(name) || referred?.has(name) === true) continue;
        if (!DIGEST.test(name) || !name.startsWith(prefix)) {
          this.findings.addForeign(path, "expected blobs by their digest, got something else");
          continue;
        }
        const bytes = await this.findings.attempt(path, async () => await this.#read(path, MAX_BLOB_BYTES));
        if (bytes === undefined) continue;
        if (sha256(bytes) !== name) {
          this.findings.add("altered", path, "expected the blob that it is called by, got other bytes");
        } else if (referred !== undefined) {
          this.findings.add("orphan", path, "a blob that nothing refers to");
        }
      }
    }
  }

  async #read(path: string, maxBytes: number): Promise<Buffer> {
    try {
      return await this.#terms.files.read(path, maxBytes);
    } catch (thrown) {
      if (thrown instanceof CountersignError) throw thrown;
      const code = (thrown as NodeJS.ErrnoException).code ?? "an error";
      throw new CountersignError("E_DISK", `expected to read it, got ${code}`, { cause: thrown });
    }
  }

  #pathOf(number: number): string {
    return join(this.#terms.directory, "gen", String(number).padStart(12, "0"));
  }
}

/** Whether a generation beside the line is ours nevertheless: a writer died before it could take it back. */
function isLate(generation: Generation, root: Head["root"]): boolean {
  try {
    openIndex(generation, root);
    return true;
  } catch (thrown) {
    if (thrown instanceof CountersignError && thrown.code === "E_INTEGRITY") return false;
    throw thrown;
  }
}
