import { fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, readFile, readdir, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { CountersignError, ERRORS, sha256, type Clock, type ErrorCode } from "../base/index.ts";
import { mayDo, type Actor, type FileOut } from "../review/index.ts";
import type { Evidence, EvidenceFile, Reports } from "../web/index.ts";
import type { ReportEnd, ReportJob } from "./report-process.ts";

/** Most campaigns whose evidence waits to be made; one is made at a time. */
const MAX_WAITING = 4;

/** Most campaigns whose evidence is kept; the one that was made first goes first. */
const MAX_KEPT = 8;

/** Longest that making one may take: 50,000 items take a minute or two. */
const MAX_MS = 15 * 60_000;

interface Room {
  /** Directory of its own; what a former server left in it is removed, and that of another one which still runs as well. */
  readonly directory: string;
  /** Changes with whatever the evidence of any campaign is made of. */
  readonly stateNow: () => Promise<string>;
  readonly clock: Clock;
  readonly config?: string | undefined;
  readonly signal: AbortSignal;
  /** The child that makes one. */
  readonly make?: (job: ReportJob, signal: AbortSignal) => Promise<ReportEnd>;
}

interface Made {
  readonly of: string;
  readonly made_at: string;
  readonly place: string;
  readonly files: readonly EvidenceFile[];
}

/** The evidence of campaigns for browsers: the command's own files, made by a process of its own, one at a time, and kept until the state changes. */
export class ReportRoom implements Reports {
  readonly #room: Room;
  readonly #made = new Map<string, Made>();
  readonly #failed = new Map<string, string>();
  /** Campaigns that are made or wait for it, in order. */
  readonly #waiting = new Map<string, Actor>();
  /** Of another server on the same directory nothing is taken for its own. */
  readonly #own = randomBytes(4).toString("hex");
  #count = 0;
  #running: Promise<void> = Promise.resolve();

  private constructor(room: Room) {
    this.#room = room;
  }

  /** E_DISK. */
  static async open(room: Room): Promise<ReportRoom> {
    await rm(room.directory, { recursive: true, force: true });
    await mkdir(room.directory, { recursive: true, mode: 0o700 });
    return new ReportRoom(room);
  }

  async evidence(actor: Actor, campaign: string): Promise<Evidence> {
    requireExport(actor);
    const made = await this.#there(campaign);
    const trouble = this.#failed.get(campaign);
    return {
      making: this.#waiting.has(campaign),
      ...(trouble === undefined ? {} : { trouble }),
      ...(made === undefined
        ? {}
        : {
            made: {
              at: made.made_at,
              current: made.of === (await this.#room.stateNow()),
              files: made.files,
            },
          }),
    };
  }

  async make(actor: Actor, campaign: string): Promise<void> {
    requireExport(actor);
    if (this.#waiting.has(campaign)) return;
    const made = await this.#there(campaign);
    if (made !== undefined && made.of === (await this.#room.stateNow())) return;
    if (this.#waiting.has(campaign)) return;
    if (this.#waiting.size > MAX_WAITING) {
      throw new CountersignError(
        "E_LIMIT",
        `expected at most ${MAX_WAITING} campaigns to wait, got one more`,
        {
          fix: "Evidence is made one campaign at a time: ask again in some minutes.",
        },
      );
    }
    this.#waiting.set(campaign, actor);
    this.#running = this.#running.then(async () => await this.#next(campaign, actor));
  }

  /** E_NOT_FOUND, E_INTEGRITY where it is no longer what was made, which is forgotten then. */
  async file(actor: Actor, campaign: string, name: string): Promise<FileOut> {
    requireExport(actor);
    const made = this.#made.get(campaign);
    const known = made?.files.find(({ file }) => file === name);
    if (made === undefined || known === undefined) {
      throw new CountersignError("E_NOT_FOUND", "expected a file of the evidence, got none", {
        fix: "Make the evidence first.",
      });
    }
    const bytes = await ifThere(readFile(join(made.place, known.file)));
    if (bytes === undefined) {
      await this.#forget(campaign, made);
      throw new CountersignError("E_NOT_FOUND", `expected ${name} as it was made, got no file`, {
        fix: "Somebody emptied the state directory, or a second server runs on it: make the evidence anew.",
      });
    }
    if (sha256(bytes) !== known.sha256) {
      await this.#forget(campaign, made);
      throw new CountersignError("E_INTEGRITY", `expected ${name} as it was made, got another`, {
        fix: "Somebody changed the state directory: make the evidence again.",
      });
    }
    return { name, type: typeOf(name), bytes };
  }

  /** Settles once nothing waits. */
  async idle(): Promise<void> {
    await this.#running;
  }

  /** What was made, as long as all of it is there. */
  async #there(campaign: string): Promise<Made | undefined> {
    const made = this.#made.get(campaign);
    if (made === undefined) return undefined;
    for (const { file, bytes } of made.files) {
      const found = await ifThere(stat(join(made.place, file)));
      if (found?.size === bytes) continue;
      await this.#forget(campaign, made);
      return undefined;
    }
    return made;
  }

  async #forget(campaign: string, made: Made): Promise<void> {
    if (this.#made.get(campaign) === made) this.#made.delete(campaign);
    await this.#remove(made);
  }

  async #next(campaign: string, actor: Actor): Promise<void> {
    const { directory, stateNow, clock, config, signal, make = inChild } = this.#room;
    this.#count += 1;
    const place = join(directory, `${campaign}-${this.#own}-${this.#count}`);
    try {
      if (signal.aborted) return;
      await mkdir(directory, { recursive: true, mode: 0o700 });
      const of = await stateNow();
      const options = { out: place, page: "a4" as const, ...(config === undefined ? {} : { config }) };
      const end = await make({ campaign, actor, options }, signal);
      if ("code" in end) throw troubleOf(end);
      const files: EvidenceFile[] = [];
      for (const { file, sha256: digest } of end.files)
        files.push({ file, sha256: digest, bytes: (await stat(join(place, file))).size });
      const before = this.#made.get(campaign);
      this.#made.delete(campaign);
      this.#made.set(campaign, { of, made_at: clock.now().toISOString(), place, files });
      this.#failed.delete(campaign);
      await this.#remove(before);
      const [oldest] = this.#made.keys();
      if (this.#made.size > MAX_KEPT && oldest !== undefined) {
        const gone = this.#made.get(oldest);
        this.#made.delete(oldest);
        await this.#remove(gone);
      }
    } catch (thrown) {
      this.#failed.set(
        campaign,
        thrown instanceof CountersignError ? thrown.message : "It could not be made.",
      );
      // Nobody waits for it: a rejection would end the server. What is left goes when the next one opens its room.
      await this.#clear(place).catch(() => undefined);
    } finally {
      this.#waiting.delete(campaign);
    }
  }

  /** What a process that was killed left of it, the directory that it was still making among that. */
  async #clear(place: string): Promise<void> {
    const { directory } = this.#room;
    const own = basename(place);
    for (const name of await readdir(directory)) {
      if (name === own || name.startsWith(`.${own}-`))
        await rm(join(directory, name), { recursive: true, force: true });
    }
  }

  async #remove(made: Made | undefined): Promise<void> {
    if (made !== undefined) await rm(made.place, { recursive: true, force: true });
  }
}

/** Undefined where the file is not there. */
async function ifThere<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw thrown;
  }
}

function requireExport(actor: Actor): void {
  if (mayDo(actor, "export_evidence")) return;
  throw new CountersignError("E_FORBIDDEN", "expected somebody who may export evidence, got another", {
    fix: "Ask an administrator for the role.",
  });
}

function troubleOf({ code, message, fix }: Extract<ReportEnd, { readonly code: string }>): CountersignError {
  const known = Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : "E_INTERNAL";
  return new CountersignError(known, message, fix === undefined ? {} : { fix });
}

const TYPES: Readonly<Record<string, string>> = {
  pdf: "application/pdf",
  csv: "text/csv; charset=utf-8",
  json: "application/json",
};

function typeOf(name: string): string {
  return TYPES[name.slice(name.lastIndexOf(".") + 1)] ?? "text/plain; charset=utf-8";
}

/** E_INTERNAL where the process ends without a word, E_LIMIT where it takes too long. */
function inChild(job: ReportJob, signal: AbortSignal): Promise<ReportEnd> {
  const file = new URL(`./report-process${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);
  return new Promise((resolve, reject) => {
    const child = fork(file, {
      signal,
      timeout: MAX_MS,
      killSignal: "SIGKILL",
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    child.once("message", (end) => {
      resolve(end as ReportEnd);
    });
    child.once("error", (thrown) => {
      reject(
        new CountersignError("E_INTERNAL", "expected a process that makes the evidence, got none", {
          cause: thrown,
        }),
      );
    });
    child.once("exit", (_, killed) => {
      reject(
        killed === null
          ? new CountersignError(
              "E_INTERNAL",
              "expected the evidence, got the end of the process that makes it",
            )
          : new CountersignError("E_LIMIT", "expected the evidence in time and memory, got neither"),
      );
    });
    child.send(job);
  });
}
