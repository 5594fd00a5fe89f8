import {
  CallFailure,
  MAX_LOG_HOLES,
  isGap,
  united,
  without,
  type Answer,
  type LogDelta,
  type LogEntry,
  type LogHole,
  type LogState,
  type Span,
} from "../../../facts/index.ts";
import { nextPage } from "../operation.ts";
import { readRecord } from "../normalise.ts";
import { unpacked } from "./bodies.ts";
import { deliveredAt, digestEndsAt, folderOf, keyAt, listed, type FileTrail, type Listed } from "./files.ts";
import { LOG_OPERATIONS } from "./operations.ts";
import { isSound, type LogReading, type Outcome, type Received } from "./reading.ts";
import { HOUR_MS, LATENESS_MS, earlier, later, shifted } from "./times.ts";

/** Files in a row that could not be read, behind which the rest of them would not either. */
const MAX_FAILURES_IN_ROW = 5;
/** Holes of earlier readings that are tried again in one run. */
const MAX_RETRIED = 100;
/** Pages of one listing, of a thousand names each. */
const MAX_PAGES = 10_000;
/** Digest files come each hour; what is a little late still follows the one before. */
const DIGEST_MS = HOUR_MS + HOUR_MS / 12;

/** A file to fetch: known by name and time. */
interface LogFile extends Listed {
  readonly at: string;
}

/** What one page of a listing has come to. */
interface Page {
  readonly entries: LogEntry[];
  readonly holes: LogHole[];
  /** How far the search came: up to this instant. */
  reached: string;
  firstAt: string | undefined;
  lastAt: string | undefined;
  stopped: boolean;
}

/** Reads a trail's files, oldest first, from the mark on. The answer: whether the bucket let itself be listed at all. */
export class FileReading {
  readonly #reading: LogReading;
  readonly #trail: FileTrail;
  readonly #state: LogState;
  readonly #wanted: Span;
  readonly #folder: string;
  readonly #digests: string;
  readonly #known: ReadonlySet<string>;
  readonly #retried = new Set<string>();
  #failures = 0;
  #holes: number;
  refused = false;

  constructor(
    reading: LogReading,
    terms: { trail: FileTrail; organizationId: string | undefined; state: LogState; wanted: Span },
  ) {
    const { trail, organizationId, state, wanted } = terms;
    this.#reading = reading;
    this.#trail = trail;
    this.#state = state;
    this.#holes = state.holes.length;
    this.#wanted = wanted;
    this.#folder = folderOf(trail, organizationId, reading.place, "CloudTrail");
    this.#digests = folderOf(trail, organizationId, reading.place, "CloudTrail-Digest");
    this.#known = new Set(state.recent.map(({ source, version }) => nameOf(source, version)));
  }

  async *read(): AsyncGenerator<Outcome> {
    yield* this.#retry();
    const spans = without(this.#wanted, this.#state.searched);
    for (const span of spans) {
      if (!(yield* this.#search(span, span.to_at === this.#wanted.to_at))) return;
    }
  }

  /** What could not be read before, once more. */
  async *#retry(): AsyncGenerator<Outcome> {
    const entries: LogEntry[] = [];
    for (const { source, version = "", from_at, to_at } of this.#state.holes.slice(0, MAX_RETRIED)) {
      if (this.#reading.spending.reached() !== undefined) break;
      this.#retried.add(nameOf(source, version));
      const { outcome, entry } = await this.#file(
        { key: source, etag: version, at: to_at },
        { from_at, to_at },
      );
      yield outcome;
      if (entry !== undefined) entries.push(entry);
    }
    if (entries.length > 0) {
      yield await this.#reading.step({
        entries,
        holes: [],
        observed: [],
        filled: entries.map(({ source }) => source),
      });
    }
  }

  /** Lists and fetches the files of one span. False: nothing more is to be read in this run. */
  async *#search(span: Span, open: boolean): AsyncGenerator<Outcome, boolean> {
    const { account, region } = this.#reading.place;
    // Behind a mark, what came late is looked for as well.
    const continued = this.#state.searched.some(({ to_at }) => to_at === span.from_at);
    const first = continued ? shifted(span.from_at, -LATENESS_MS) : span.from_at;
    const after = keyAt(this.#folder, account, region, first);
    const before = this.#state.observed.filter(({ to_at }) => to_at <= span.from_at).at(-1)?.to_at;
    let observedFrom = continued ? before : undefined;
    for await (const { outcome, names, files, last, refused } of this.#pages(this.#folder, after, span)) {
      yield outcome;
      if (files === undefined) {
        this.refused = refused;
        return false;
      }
      yield* this.#unknown(names, span);
      const page = this.#page(span, files);
      yield* this.#fetch(page, files, span, open);
      observedFrom ??= page.firstAt;
      const ended = last && !page.stopped;
      const digests = ended ? yield* this.#digestSpans(span) : [];
      yield await this.#reading.step(this.#delta(page, span, observedFrom, digests, ended));
      if (page.stopped) return yield* this.#stop(page, span);
      if (ended || (!open && files.some(({ at }) => at >= span.to_at))) return true;
    }
    return false;
  }

  #page(span: Span, files: readonly LogFile[]): Page {
    return {
      entries: [],
      holes: [],
      reached: files.reduce((at, file) => later(at, file.at), span.from_at),
      firstAt: undefined,
      lastAt: undefined,
      stopped: false,
    };
  }

  async *#fetch(page: Page, files: readonly LogFile[], span: Span, open: boolean): AsyncGenerator<Outcome> {
    for (const file of files) {
      if (!open && file.at >= span.to_at) return;
      const seen = this.#isSeen(file);
      if (!seen) {
        if (this.#reading.spending.reached() !== undefined) {
          this.#end(page, file.at, span);
          return;
        }
        const hidden = { from_at: shifted(file.at, -LATENESS_MS), to_at: shifted(file.at, 60_000) };
        const { outcome, entry } = await this.#file(file, hidden);
        yield outcome;
        if (entry !== undefined) page.entries.push(entry);
        if (this.#isEnd(page, outcome, file, hidden)) {
          const first = page.holes.at(-MAX_FAILURES_IN_ROW) ?? page.holes[0];
          this.#end(page, first?.from_at ?? file.at, span);
          return;
        }
      }
      page.firstAt ??= file.at;
      page.lastAt = page.lastAt === undefined ? file.at : later(page.lastAt, file.at);
    }
  }

  #isSeen({ key, etag }: LogFile): boolean {
    const name = nameOf(key, etag);
    return this.#known.has(name) || this.#retried.has(name);
  }

  /** Notes a failure as a hole; true where so many came in a row that the rest would fail as well, or no more are remembered. */
  #isEnd(page: Page, outcome: Outcome, { key, etag }: LogFile, hidden: Span): boolean {
    if (!isGap(outcome)) {
      this.#failures = 0;
      return false;
    }
    const { reason, detail, fix } = outcome;
    page.holes.push({
      ...hidden,
      source: key,
      version: etag,
      reason,
      detail,
      ...(fix === undefined ? {} : { fix }),
    });
    this.#failures += 1;
    this.#holes += 1;
    return this.#failures >= MAX_FAILURES_IN_ROW || this.#holes >= MAX_LOG_HOLES;
  }

  /** The search ends before this instant: the next run begins there. */
  #end(page: Page, at: string, span: Span): void {
    page.stopped = true;
    page.reached = later(span.from_at, at);
    page.lastAt = page.lastAt === undefined ? undefined : earlier(page.lastAt, at);
  }

  #delta(
    page: Page,
    span: Span,
    observedFrom: string | undefined,
    digests: readonly Span[],
    ended: boolean,
  ): LogDelta {
    const { account, region } = this.#reading.place;
    const reached = ended ? span.to_at : earlier(page.reached, span.to_at);
    const { lastAt } = page;
    // Without a file nothing says that the trail still delivers.
    const byFiles =
      observedFrom === undefined || lastAt === undefined
        ? []
        : [{ from_at: observedFrom, to_at: earlier(lastAt, this.#wanted.to_at) }];
    return {
      searched: { from_at: span.from_at, to_at: reached },
      observed: united([...byFiles, ...digests]),
      entries: page.entries,
      // Those behind the end of the search are met again.
      holes: page.holes.filter(({ from_at }) => !page.stopped || from_at < reached),
      filled: [],
      forget_before: keyAt(this.#folder, account, region, shifted(reached, -2 * LATENESS_MS)),
    };
  }

  *#stop({ reached }: Page, span: Span): Generator<Outcome, false> {
    const detail = this.#reading.spending.reached();
    yield this.#reading.gap(
      "s3.log_file",
      { from_at: reached, to_at: later(span.to_at, shifted(reached, 1)) },
      detail === undefined
        ? {
            reason: "unavailable",
            detail: `${MAX_FAILURES_IN_ROW} log files in a row, or ${MAX_LOG_HOLES} altogether, could not be read; the rest was not tried`,
            fix: "See to what their gaps say, and collect again: the reading goes on there.",
          }
        : { reason: "limit", detail, fix: "Collect again: the next run goes on there; or raise the limit." },
    );
    return false;
  }

  /** Hours of which digest files say that the trail delivered, whatever there was to deliver. */
  async *#digestSpans(span: Span): AsyncGenerator<Outcome, Span[]> {
    const day = shifted(span.from_at, -LATENESS_MS).slice(0, 10).replaceAll("-", "/");
    const ends: string[] = [];
    for await (const { outcome, names } of this.#pages(this.#digests, `${this.#digests}${day}/`, span)) {
      yield outcome;
      for (const { key } of names) {
        const at = key.includes(`_${this.#trail.name}_`) ? digestEndsAt(key) : undefined;
        if (at !== undefined) ends.push(at);
      }
    }
    return ends
      .map((to_at) => ({ from_at: shifted(to_at, -DIGEST_MS), to_at }))
      .map(({ from_at, to_at }) => ({
        from_at: later(from_at, span.from_at),
        to_at: earlier(to_at, span.to_at),
      }));
  }

  /** The pages of a listing from a name on, with the log files among what they name; without `names` where one was not to be had. */
  async *#pages(folder: string, after: string, span: Span) {
    const { bucket, name } = this.#trail;
    const operation = LOG_OPERATIONS.get("s3.log_files") ?? {};
    let token: string | undefined;
    for (let number = 1; number <= MAX_PAGES; number += 1) {
      const further = token === undefined ? {} : { page: token, page_number: String(number) };
      const outcome = await this.#reading.ask(
        "s3.log_files",
        { bucket, trail: name, folder, after, ...further },
        {
          Bucket: bucket,
          Prefix: folder,
          StartAfter: after,
          ...(token === undefined ? {} : { ContinuationToken: token }),
        },
        span,
      );
      if (!isSound(outcome)) {
        yield { outcome, names: [], files: undefined, last: true, refused: isGap(outcome) && number === 1 };
        return;
      }
      const { body } = readRecord(outcome);
      const names = listed(body);
      const files = names.flatMap((each): LogFile[] => {
        const at = deliveredAt(each.key);
        return at === undefined ? [] : [{ ...each, at }];
      });
      const next = nextPage(operation, body);
      yield { outcome, names, files, last: next === undefined, refused: false };
      if (next === undefined) return;
      if (next === token) break;
      token = next;
    }
    const outcome = this.#reading.gap("s3.log_files", span, {
      reason: "limit",
      detail: `expected at most ${MAX_PAGES} pages of names, each with a token of its own, got another`,
    });
    yield { outcome, names: [], files: undefined, last: true, refused: false };
  }

  /** Names that are none of a log file: whatever they hold was not looked at. */
  *#unknown(names: readonly Listed[], span: Span): Generator<Outcome> {
    const others = names.filter(({ key }) => deliveredAt(key) === undefined && !key.endsWith("/"));
    const [first] = others;
    if (first === undefined) return;
    yield this.#reading.gap("s3.log_files", span, {
      reason: "unsupported",
      detail: `${others.length} objects among the log files are not named as such, e.g. ${first.key}`.slice(
        0,
        1024,
      ),
      fix: "See what they are: what CloudTrail wrote should not have been renamed.",
    });
  }

  async #file({ key, etag }: LogFile, hidden: Span) {
    const { bucket } = this.#trail;
    return await this.#reading.fetch(
      "s3.log_file",
      { bucket, key, etag },
      // Whatever was put there since is not what was listed.
      { Bucket: bucket, Key: key, ...(etag === "" ? {} : { IfMatch: etag }) },
      { span: hidden, source: key, version: etag },
      received,
      (failure) => withKey(failure, this.#trail),
    );
  }
}

/** S3 says that it may not hand out the object; that it lacks the key's permission stands in its words at best. */
function withKey(failure: CallFailure, { key }: FileTrail): CallFailure {
  if (failure.reason !== "denied" || (key === undefined && !/kms:/i.test(failure.message))) return failure;
  const { answer, message, fix = "" } = failure;
  const which = key ?? "the key that encrypts the trail's files";
  return new CallFailure("denied", message, {
    ...(answer === undefined ? {} : { answer }),
    cause: failure,
    fix: `${fix} The files are encrypted: allow kms:Decrypt on ${which} as well, through S3 and for CloudTrail's files alone, as \`countersign init --connector aws --audit-log s3 --log-key …\` prints it, and in the key's policy.`.trim(),
  });
}

async function received({ body }: Answer): Promise<Received> {
  return { file: await unpacked(body) };
}

function nameOf(key: string, etag = ""): string {
  return `${key}\n${etag}`;
}
