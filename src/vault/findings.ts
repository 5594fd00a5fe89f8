import { sep } from "node:path";
import {
  CountersignError,
  ReplacedDirectory,
  sortedBy,
  type ErrorCode,
  type FileSystem,
} from "../base/index.ts";

/**
 * `error`: damaged, taken back, or could not be checked. `warning`: nothing is lost that nobody gave up, but something
 * protects less than it should. `notice`: what crashes leave behind, removed in time, and what a person declared.
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
  /** An access log, or its end, that a declared restore did not bring back. */
  lost: "warning",
  /** Changes of which no access log tells: their writer died between commit and event, or events were taken away. */
  untold: "warning",
  /** A restore or move that a person declared: what the ledger tells of before it no longer counts. */
  adopted: "notice",
  /** A temporary file, an access log without an event, or a generation that came too late. */
  leftover: "notice",
  /** A blob that the newest generation does not refer to. */
  orphan: "notice",
  /** The last line of an access log is incomplete: it told of nothing that happened. */
  torn: "notice",
} as const satisfies Record<string, Severity>;

export type FindingCode = keyof typeof SEVERITIES;

export interface VaultFinding {
  readonly severity: Severity;
  readonly code: FindingCode;
  readonly path: string;
  readonly message: string;
}

/** What is said of nothing below a directory that could not be looked into. */
const HIDDEN: readonly FindingCode[] = ["missing", "unreadable"];

/** How the errors of a piece of work stand in a report. */
interface Naming extends Partial<Record<ErrorCode, FindingCode>> {
  readonly otherwise: FindingCode;
}

const READING: Naming = {
  E_INTEGRITY: "altered",
  E_ROLLBACK: "rolled_back",
  E_NOT_FOUND: "missing",
  otherwise: "unreadable",
};

/** Whatever keeps a key away is the key's trouble, and tells nothing of the vault. */
export const UNLOCKING: Naming = {
  E_INTEGRITY: "altered",
  E_ROLLBACK: "rolled_back",
  otherwise: "locked",
};

/** All that a check finds wrong, not only the first. */
export class Findings {
  readonly #found: VaultFinding[] = [];
  /** Directories that could not be looked into: whether something is there is not known. */
  readonly #unreadable = new Set<string>();

  /** Nothing is missing where nobody could look, and what could not be read for that is told once. */
  add(code: FindingCode, path: string, message: string): void {
    if (HIDDEN.includes(code) && this.#isHidden(path)) return;
    if (code === "unreadable" && [...this.#unreadable].some((one) => one.startsWith(path + sep))) return;
    this.#found.push({ severity: SEVERITIES[code], code, path, message });
  }

  /** A directory that cannot be looked into: once, and what is below it no more. */
  addUnreadable(directory: string, message: string): void {
    this.add("unreadable", directory, message);
    this.#unreadable.add(directory);
  }

  #isHidden(path: string): boolean {
    return [...this.#unreadable].some((one) => path === one || path.startsWith(one + sep));
  }

  /** What does not belong at `path`: once, however many look there. */
  addForeign(path: string, message: string): void {
    const known = this.#found.some((finding) => finding.path === path && finding.code === "foreign");
    if (!known) this.add("foreign", path, message);
  }

  /** The result of `work`; undefined, and a finding, about `path` for most, where it fails. E_INTERRUPTED, E_INTERNAL. */
  async attempt<T>(path: string, work: () => Promise<T> | T, naming = READING): Promise<T | undefined> {
    try {
      return await work();
    } catch (thrown) {
      if (!(thrown instanceof CountersignError)) throw thrown;
      if (thrown.code === "E_INTERRUPTED" || thrown.code === "E_INTERNAL") throw thrown;
      if (thrown instanceof ReplacedDirectory) this.addForeign(thrown.path, thrown.message);
      else this.add(naming[thrown.code] ?? naming.otherwise, path, thrown.message);
      return undefined;
    }
  }

  /** Names in a directory, sorted; none where there is no directory. */
  async namesIn(path: string, files: FileSystem): Promise<string[]> {
    try {
      return (await files.list(path)).sort();
    } catch (thrown) {
      const code = (thrown as NodeJS.ErrnoException).code ?? "an error";
      if (code === "ENOTDIR") this.addForeign(path, "expected a directory, got another kind of file");
      else if (code !== "ENOENT") this.addUnreadable(path, `expected to look into it, got ${code}`);
      return [];
    }
  }

  about(path: string): boolean {
    return this.#found.some((finding) => finding.path === path);
  }

  get damaging(): boolean {
    return this.#found.some(({ severity }) => severity === "error");
  }

  /** By path, then code. */
  sorted(): VaultFinding[] {
    return sortedBy(
      sortedBy(this.#found, ({ code }) => code),
      ({ path }) => path,
    );
  }
}
