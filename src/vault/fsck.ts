import { join } from "node:path";
import { CountersignError, isTemporary, sha256, sortedBy, type ErrorCode } from "../base/index.ts";
import { accessLogNames, readAccessLog } from "./access-log.ts";
import { anchorSchema, type Anchor } from "./anchor.ts";
import { MAX_BLOB_BYTES } from "./blob.ts";
import { Blobs } from "./blobs.ts";
import { openVersion } from "./changes.ts";
import { KEPT_GENERATIONS } from "./committer.ts";
import { MAX_GENERATION_BYTES, decodeGeneration, openIndex, type Generation } from "./generation.ts";
import {
  predecessors,
  refuseBrokenHistory,
  refuseForeign,
  refuseOlder,
  refuseStranger,
  unlocked,
  type Head,
} from "./head.ts";
import { digestInHistory } from "./index-document.ts";
import { logDirectory, type VaultTerms } from "./terms.ts";

/**
 * `error`: damaged, taken back, or could not be checked. `warning`: nothing is lost, but something protects less than it
 * should. `notice`: what crashes leave behind, removed in time.
 */
type Severity = "error" | "notice" | "warning";

const SEVERITIES = {
  /** Not as it was written, or does not belong here. */
  altered: "error",
  missing: "error",
  rolled_back: "error",
  /** A file or kind of file that the vault does not make. */
  foreign: "error",
  /** No key opens it: contents were not checked. */
  locked: "error",
  unreadable: "error",
  /** Others than the owner have access. */
  exposed: "warning",
  /** An anchor that does not know the newest generation yet; opening the vault tells it. */
  behind: "warning",
  /** An access log, or its end, of which the ledger knows nothing: it could be cut off without a trace. */
  unledgered: "warning",
  /** A temporary file, an access log without an event, or a generation that came too late. */
  leftover: "notice",
  /** A blob that the newest generation does not refer to. */
  orphan: "notice",
  /** The last line of an access log is incomplete: it told of nothing that happened. */
  torn: "notice",
} as const satisfies Record<string, Severity>;

type FindingCode = keyof typeof SEVERITIES;

export interface VaultFinding {
  readonly severity: Severity;
  readonly code: FindingCode;
  readonly path: string;
  readonly message: string;
}

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
}

export interface FsckTerms extends Pick<
  VaultTerms,
  "anchors" | "directory" | "files" | "pin" | "providers" | "signal" | "trust"
> {
  readonly ledger: LeafReader;
  /** Directories outside the vault's whose files are for the owner alone too: of anchors, of the ledger. */
  readonly alsoPrivate: readonly string[];
}

/** Times that all is looked at while other processes commit. */
const MAX_TRIES = 4;

/** Directories within directories. */
const MAX_DEPTH = 4;

const GENERATION_NAME = /^(?!0{12})\d{12}$/;
const LOG_NAME = /^\d{8}T\d{9}Z-[0-9a-f]{12}\.jsonl$/;

/**
 * Looks at everything that belongs to a vault and tells all that is wrong, not only the first. It writes nothing, not
 * even to the access log, and hands no credential out.
 */
export async function fsck(terms: FsckTerms): Promise<FsckReport> {
  for (let tries = 1; ; tries += 1) {
    const check = new Check(terms);
    const head = await check.run();
    const settled = (await check.generationNumbers()).at(-1) === head || tries === MAX_TRIES;
    if (settled || !check.findings.some(({ severity }) => severity === "error")) return check.report();
  }
}

/** What one place remembers. */
interface Remembered {
  readonly name: string;
  readonly anchors: readonly Anchor[];
}

class Check {
  readonly findings: VaultFinding[] = [];
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
  /** Heads that the ledger holds, by access log. */
  readonly #logHeads = new Map<string, { events: number; sha256: string }[]>();

  constructor(terms: FsckTerms) {
    this.#terms = terms;
  }

  report(): FsckReport {
    const inCode = sortedBy(this.findings, ({ code }) => code);
    return { findings: sortedBy(inCode, ({ path }) => path), counts: this.#counts };
  }

  /** Returns the number of the newest generation. What remembers the vault is read before what it remembers. */
  async run(): Promise<number | undefined> {
    const { directory, alsoPrivate } = this.#terms;
    for (const path of [directory, ...alsoPrivate]) await this.#tree(path, 0);
    const anchors = await this.#anchors();
    const commits = await this.#leaves();
    const generations = await this.#generations();
    const newest = generations.at(-1);
    if (newest !== undefined) await this.#head(newest, generations, anchors, commits);
    await this.#logs();
    return newest?.number;
  }

  async generationNumbers(): Promise<number[]> {
    const names = await this.#names(join(this.#terms.directory, "gen"));
    return names.filter((name) => GENERATION_NAME.test(name)).map(Number);
  }

  #add(code: FindingCode, path: string, message: string): void {
    this.findings.push({ severity: SEVERITIES[code], code, path, message });
  }

  /** The result of `work`; undefined, and a finding about `path`, where it fails. */
  async #attempt<T>(path: string, work: () => Promise<T> | T): Promise<T | undefined> {
    try {
      return await work();
    } catch (thrown) {
      if (!(thrown instanceof CountersignError)) throw thrown;
      this.#add(CODE_OF[thrown.code] ?? "unreadable", path, thrown.message);
      return undefined;
    }
  }

  /** Sorted; none where there is no directory. */
  async #names(path: string): Promise<string[]> {
    try {
      return (await this.#terms.files.list(path)).sort();
    } catch (thrown) {
      const code = (thrown as NodeJS.ErrnoException).code ?? "an error";
      if (code !== "ENOENT") this.#add("unreadable", path, `expected a directory, got ${code}`);
      return [];
    }
  }

  async #tree(path: string, depth: number): Promise<void> {
    let status;
    try {
      status = await this.#terms.files.status(path);
    } catch (thrown) {
      const code = (thrown as NodeJS.ErrnoException).code ?? "an error";
      // What must be there is missed where it is read.
      if (code !== "ENOENT") this.#add("unreadable", path, `expected to look at it, got ${code}`);
      return;
    }
    if (status.kind === "other") {
      this.#add("foreign", path, "expected a file or a directory, got a link or another kind of file");
      return;
    }
    // Windows keeps access in lists, which its home directories set for their owner.
    if ((status.mode & 0o077) !== 0 && process.platform !== "win32") {
      this.#add("exposed", path, `expected access for its owner alone, got mode ${status.mode.toString(8)}`);
    }
    if (status.kind === "file") return;
    if (depth >= MAX_DEPTH) {
      this.#add("foreign", path, `expected at most ${MAX_DEPTH} directories within one another, got more`);
      return;
    }
    for (const name of await this.#names(path)) {
      if (isTemporary(name)) this.#add("leftover", join(path, name), "a write that did not end");
      await this.#tree(join(path, name), depth + 1);
    }
  }

  async #anchors(): Promise<Remembered[]> {
    const found: Remembered[] = [];
    for (const place of this.#terms.anchors) {
      const anchors = await this.#attempt(place.name, async () => await place.all());
      if (anchors === undefined) continue;
      this.#counts.anchors += anchors.length;
      found.push({ name: place.name, anchors });
    }
    return found;
  }

  /** The commits that the ledger tells of; heads of access logs are put aside. */
  async #leaves(): Promise<Anchor[]> {
    const { ledger } = this.#terms;
    const commits: Anchor[] = [];
    await this.#attempt(ledger.name, async () => {
      for await (const { type, payload } of ledger.all()) {
        this.#counts.leaves += 1;
        if (type === "vault-commit" && anchorSchema.fits(payload)) commits.push(payload);
        else if (type === "access-head") this.#putAside(payload);
        else
          this.#add("altered", ledger.name, `expected a commit in leaf ${this.#counts.leaves}, got another`);
      }
    });
    return commits;
  }

  #putAside({ log, events, sha256: head }: Readonly<Record<string, number | string>>): void {
    if (typeof log !== "string" || typeof events !== "number" || typeof head !== "string") {
      this.#add("altered", this.#terms.ledger.name, "expected the head of an access log, got another leaf");
      return;
    }
    this.#logHeads.set(log, [...(this.#logHeads.get(log) ?? []), { events, sha256: head }]);
  }

  async #generations(): Promise<Generation[]> {
    const directory = join(this.#terms.directory, "gen");
    for (const name of await this.#names(this.#terms.directory)) {
      if (["blob", "gen", "log"].includes(name)) continue;
      this.#add(
        "foreign",
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
        this.#add("foreign", path, "expected numbered generations, got something else");
        continue;
      }
      newest = name;
      const generation = await this.#attempt(path, async () => {
        const bytes = await this.#read(path, MAX_GENERATION_BYTES);
        return decodeGeneration(bytes, Number(name));
      });
      if (generation !== undefined) found.push(generation);
    }
    this.#counts.generations = found.length;
    if (newest === undefined) this.#add("missing", directory, "expected a generation, got none");
    // The newest alone counts: where it is damaged, nothing is judged by an older one.
    return found.at(-1)?.number === Number(newest) ? found : [];
  }

  async #head(
    newest: Generation,
    generations: readonly Generation[],
    places: readonly Remembered[],
    commits: readonly Anchor[],
  ): Promise<void> {
    const path = this.#pathOf(newest.number);
    const anchors = places.flatMap((place) => place.anchors);
    await this.#attempt(path, () => refuseForeign(newest, this.#terms, anchors));
    for (const { name, anchors: known } of places) {
      await this.#attempt(path, () => refuseOlder(newest, known));
      if (known.some((anchor) => anchor.generation >= newest.number)) continue;
      this.#add(
        "behind",
        name,
        `expected it to know generation ${newest.number}, got an earlier one or none`,
      );
    }
    const root = await this.#attempt(path, async () => await unlocked(newest, this.#terms, anchors));
    if (root === undefined) return;
    try {
      const index = await this.#attempt(path, () => openIndex(newest, root));
      if (index === undefined) return;
      const head: Head = { generation: newest, root, index };
      await this.#attempt(path, () => refuseBrokenHistory(newest, index, anchors));
      await this.#attempt(path, () => refuseStranger(root, index, this.#terms, anchors));
      await this.#attempt(path, () => this.#commits(head, commits));
      await this.#attempt(path, () => this.#history(head, generations));
      await this.#blobs(head);
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
      this.#add(code, this.#pathOf(commit.generation), `${expected}, got ${known === "" ? "none" : known}`);
    }
  }

  /** The generations that are kept must be those that the index remembers, without a gap. */
  #history({ generation, root, index }: Head, generations: readonly Generation[]): void {
    const roots = predecessors(root, index);
    try {
      for (const older of generations.slice(0, -1)) {
        const remembered = digestInHistory(index, older.number);
        if (older.digest === remembered) continue;
        const path = this.#pathOf(older.number);
        const key = [root, ...roots].find(({ epoch }) => epoch === older.epoch);
        if (key !== undefined && isLate(older, key)) {
          this.#add("leftover", path, "a commit that came too late and never counted");
        } else {
          this.#add("altered", path, `expected the generation ${remembered}, got ${older.digest}`);
        }
      }
    } finally {
      for (const key of roots) key[Symbol.dispose]();
    }
    const there = new Set(generations.map(({ number }) => number));
    for (let n = Math.max(1, generation.number - KEPT_GENERATIONS + 1); n < generation.number; n += 1) {
      const damaged = this.findings.some(({ path }) => path === this.#pathOf(n));
      if (!there.has(n) && !damaged) this.#add("missing", this.#pathOf(n), "expected a generation, got none");
    }
  }

  async #blobs({ generation: { vaultId }, root, index }: Head): Promise<void> {
    const directory = join(this.#terms.directory, "blob");
    const blobs = new Blobs(directory, this.#terms.files, { now: () => new Date(0) });
    const referred = new Set<string>();
    for (const { name, versions } of index.entries) {
      this.#counts.entries += 1;
      for (const version of versions) {
        referred.add(version.blob);
        const path = join(directory, version.blob.slice(0, 2), version.blob);
        await this.#attempt(path, async () => {
          openVersion({ vaultId, root }, name, version, await blobs.read(version.blob))[Symbol.dispose]();
          this.#counts.blobs += 1;
        });
      }
    }
    for (const prefix of await this.#names(directory)) {
      for (const name of await this.#names(join(directory, prefix))) {
        const path = join(directory, prefix, name);
        if (isTemporary(name) || referred.has(name)) continue;
        const bytes = await this.#attempt(path, async () => await this.#read(path, MAX_BLOB_BYTES));
        if (bytes === undefined) continue;
        if (sha256(bytes) === name && name.startsWith(prefix)) {
          this.#add("orphan", path, "a blob that nothing refers to");
        } else {
          this.#add("foreign", path, "expected blobs by their digest, got something else");
        }
      }
    }
  }

  async #logs(): Promise<void> {
    const directory = logDirectory(this.#terms);
    for (const name of await this.#names(directory)) {
      if (!LOG_NAME.test(name)) this.#add("foreign", join(directory, name), "expected access logs alone");
    }
    const names = await this.#attempt(directory, async () => {
      return await accessLogNames(directory, this.#terms.files);
    });
    const there = new Set(names);
    for (const name of this.#logHeads.keys()) {
      if (there.has(name)) continue;
      this.#add(
        "missing",
        join(directory, name),
        "expected the access log that the ledger tells of, got none",
      );
    }
    for (const name of there) await this.#log(directory, name);
  }

  async #log(directory: string, name: string): Promise<void> {
    const path = join(directory, name);
    const log = await this.#attempt(path, async () => {
      return await readAccessLog(directory, name, this.#terms.files);
    });
    if (log === undefined) return;
    const { digests, events, torn } = log;
    this.#counts.access_logs += 1;
    this.#counts.events += events.length;
    if (torn) this.#add("torn", path, "expected a whole last line, got a part of one");
    const heads = this.#logHeads.get(name) ?? [];
    const wrong = heads.find((head) => digests[head.events - 1] !== head.sha256);
    if (wrong !== undefined) {
      this.#add(
        "altered",
        path,
        `expected ${wrong.events} events as the ledger has them, got others or fewer`,
      );
    }
    const known = Math.max(0, ...heads.map((head) => head.events));
    if (events.length > known) {
      const got = `expected the ledger to know all ${events.length} events, got ${known}`;
      this.#add("unledgered", path, got);
    } else if (events.length === 0 && heads.length === 0) {
      this.#add("leftover", path, "an access log in which nothing stands");
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

/** How an error of reading stands in a report; whatever else there is means that it could not be read. */
const CODE_OF: Partial<Record<ErrorCode, FindingCode>> = {
  E_INTEGRITY: "altered",
  E_ROLLBACK: "rolled_back",
  E_NOT_FOUND: "missing",
  E_VAULT_LOCKED: "locked",
  E_DENIED: "locked",
  E_UNREACHABLE: "locked",
};

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
