import {
  isGap,
  recordDigest,
  type AuditLogs,
  type Call,
  type CollectIo,
  type ConnectorContext,
  type Gap,
  type RawRecord,
} from "../../facts/index.ts";
import { Misshapen, nonEmptyText } from "../shape.ts";
import { LogMap, readLogs } from "./audit-log/read-logs.ts";
import { normalise, readRecord } from "./normalise.ts";
import {
  EVERYTHING,
  factId,
  filled,
  nextPage,
  scopeOf,
  type Ask,
  type Lost,
  type Omission,
  type WalkContext,
} from "./operation.ts";
import { YIELDED, operationOf, regionNames } from "./operations/index.ts";
import { askable } from "./redacted.ts";
import { Session } from "./session.ts";
import { partitionOf, type AuditLogSettings, type AwsSettings } from "./settings.ts";

/** Questions that are put before what they led to is handed on: bounds memory. */
const BATCH = 256;

/** Questions that may wait at once; beyond them one is left out with a gap. */
const MAX_WAITING = 1_000_000;

/** Pages of one listing: more than any quota of AWS fills. */
export const MAX_PAGES = 10_000;

type Outcome = RawRecord | Gap;

/** Who asks, and through what. */
interface Run {
  readonly source: string;
  readonly io: CollectIo;
  readonly session: Session;
  readonly logs: AuditLogs;
}

/**
 * Reads one organisation, or one account: who we are, then everything that the table of operations reaches. Who does not
 * learn who they are learns nothing else.
 */
export async function* collect(
  settings: AwsSettings,
  context: ConnectorContext,
  io: CollectIo,
): AsyncGenerator<Outcome> {
  const session = new Session(settings, context);
  try {
    yield* read(settings, { source: context.source, io, session, logs: context.logs });
  } finally {
    await session.end();
  }
}

async function* read(settings: AwsSettings, run: Run): AsyncGenerator<Outcome> {
  const first: Ask = { operation: "sts.caller", params: {} };
  const self = await put(run, first);
  yield self;
  // `normalise` makes a gap over everything of an answer that does not say who we are.
  if (isGap(self) || normalise(self).some(isGap)) return;
  const { body } = readRecord(self);
  const arn = nonEmptyText(body, "Arn");
  const partition = arn.split(":")[1] ?? "";
  run.io.identify(arn);
  if (partition !== partitionOf(settings)) {
    yield { ...omitted(run.source, wrongPartition(partition, settings)), record: recordDigest(self) };
    return;
  }
  run.session.own(nonEmptyText(body, "Account"), partition);
  const walk = new Walk(run.source, settings);
  yield* walk.follow(first, self);
  const map = new LogMap();
  yield* walked(run, walk, map);
  const { audit_log: log } = settings;
  // Behind all else: however long a log is, what stands in the accounts has been read.
  if (log !== undefined && log.from !== "none") yield* logs(log, settings, map, run);
}

async function* logs(
  log: AuditLogSettings,
  { exclude }: AwsSettings,
  map: LogMap,
  run: Run,
): AsyncGenerator<Outcome> {
  const without = (service: "cloudtrail" | "s3"): boolean => exclude?.includes(service) === true;
  if (without("cloudtrail") || (without("s3") && log.from === "s3")) {
    yield omitted(run.source, {
      resource: EVERYTHING,
      operation: "cloudtrail.log_coverage",
      hides: ["audit_log_coverage"],
      reason: "excluded",
      detail: `what audit_log: { from: ${log.from} } asks for is excluded by configuration (exclude)`,
      fix: "Take the service out of exclude, or set audit_log: { from: none }.",
    });
    return;
  }
  yield* readLogs(without("s3") && log.from === "auto" ? { ...log, from: "lookup_events" } : log, map, run);
}

function wrongPartition(got: string, settings: AwsSettings): Omission {
  return {
    resource: EVERYTHING,
    operation: "sts.caller",
    hides: [],
    reason: "unsupported",
    detail: `expected credentials of the partition ${partitionOf(settings)}, got ones of ${got}`,
    fix: `Set the source's partition to ${got}, or give it credentials of ${partitionOf(settings)}.`,
  };
}

/** Puts the questions, then those that their answers lead to, and so on: an order that the answers alone decide. */
async function* walked(run: Run, walk: Walk, map: LogMap): AsyncGenerator<Outcome> {
  for (let level = walk.next(); level.length > 0; level = walk.next()) {
    for (let from = 0; from < level.length; from += BATCH) {
      const batch = level.slice(from, from + BATCH);
      const outcomes = await run.io.each(batch, (ask) => put(run, ask));
      for (const [index, outcome] of outcomes.entries()) {
        yield outcome;
        const ask = batch[index];
        if (ask === undefined) continue;
        map.note(ask, outcome);
        yield* walk.follow(ask, outcome);
      }
    }
  }
}

/** What a walk has yet to ask, and what it asked already. */
export class Walk {
  #following: Ask[] = [];
  #regions: readonly string[] = [];
  readonly #asked = new Set<string>();
  readonly #said = new Set<string>();
  readonly #counts = new Map<string, number>();
  readonly #source: string;
  readonly #context: WalkContext;

  constructor(source: string, { regions, accounts, exclude }: Omit<AwsSettings, "address">) {
    this.#source = source;
    this.#context = {
      regions,
      regionsSeen: () => this.#regions,
      manyAccounts: accounts !== undefined,
      reads: (account) =>
        accounts?.exclude?.includes(account) !== true && accounts?.include?.includes(account) !== false,
      ownerOf: (name) => accounts?.log_buckets?.find(({ bucket }) => bucket === name)?.account,
      asks: (service) => exclude?.some((excluded) => excluded === service) !== true,
    };
  }

  /** The questions of the next level. */
  next(): readonly Ask[] {
    const level = this.#following;
    this.#following = [];
    return level;
  }

  /** Notes what an answer leads to; yields a gap for what is left out, or lost with the answer. */
  *follow(ask: Ask, outcome: Outcome): Generator<Gap> {
    for (const further of this.#furtherOf(ask, outcome)) {
      if ("params" in further) yield* this.#noted(further);
      else if (this.#isUnsaid(further)) yield omitted(this.#source, further);
    }
  }

  *#noted(ask: Ask): Generator<Gap> {
    const { instead, most } = operationOf(ask.operation);
    const left = instead?.(ask, this.#context);
    if (left !== undefined) {
      for (const omission of left) yield omitted(this.#source, omission);
    } else if (!this.#isNew(ask)) {
      if (ask.params["page"] === undefined) return;
      yield omitted(
        this.#source,
        beyond(ask, "expected the token of a further page, got one that was used before"),
      );
    } else if (most !== undefined && this.#counted(JSON.stringify([ask.account, ask.operation])) > most) {
      yield omitted(
        this.#source,
        beyond(ask, `expected at most ${most} such questions in one account, got more`),
      );
    } else if (this.#following.length >= MAX_WAITING) {
      yield omitted(this.#source, beyond(ask, `expected at most ${MAX_WAITING} questions to wait, got more`));
    } else this.#following.push(ask);
  }

  #furtherOf(ask: Ask, outcome: Outcome): readonly (Ask | Omission)[] {
    const operation = operationOf(ask.operation);
    if (isGap(outcome)) return operation.lost?.(ask, this.#context, whyOf(outcome)) ?? [];
    try {
      const answered = readRecord(outcome);
      if (operation.id === "ec2.regions" && this.#regions.length === 0) this.#regions = regionNames(answered);
      const next = operation.next?.(answered, this.#context) ?? [];
      return askable([...next, ...this.#pageAfter(ask, nextPage(operation, answered.body))]);
    } catch (thrown) {
      if (!(thrown instanceof Misshapen)) throw thrown;
      // `normalise` runs `next` too, and makes a gap of what it stumbles over.
      const why = { reason: "malformed" as const, detail: thrown.message.slice(0, 1024) };
      return operation.lost?.(ask, this.#context, why) ?? [];
    }
  }

  /** The question for the next page, where the answer names one. */
  #pageAfter(ask: Ask, token: string | undefined): (Ask | Omission)[] {
    if (token === undefined) return [];
    const page_number = Number(ask.params["page_number"] ?? "1") + 1;
    const further = { ...ask, params: { ...ask.params, page: token, page_number: String(page_number) } };
    return page_number <= MAX_PAGES
      ? [further]
      : [beyond(further, `expected at most ${MAX_PAGES} pages, got more`)];
  }

  /** One request is put once, whatever leads to it. */
  #isNew(ask: Ask): boolean {
    const params = Object.entries(ask.params).filter(([name]) => name !== "page_number");
    const scope = operationOf(ask.operation).once === true ? "" : scopeOf("", ask);
    const name = JSON.stringify([scope, ask.operation, Object.fromEntries(params)]);
    if (this.#asked.has(name)) return false;
    this.#asked.add(name);
    return true;
  }

  /** Each Region may say the same of what an account leaves out. */
  #isUnsaid(omission: Omission): boolean {
    const name = JSON.stringify(omission);
    if (this.#said.has(name)) return false;
    this.#said.add(name);
    return true;
  }

  #counted(name: string): number {
    const count = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, count);
    return count;
  }
}

function whyOf({ reason, detail, fix }: Gap): Lost {
  return { reason, detail, ...(fix === undefined ? {} : { fix }) };
}

function beyond({ operation, params, account, region }: Ask, detail: string): Omission {
  const { hides, resource } = operationOf(operation);
  const place = {
    ...(account === undefined ? {} : { account }),
    ...(region === undefined ? {} : { region }),
  };
  return { operation, hides, resource: filled(resource, place, params), reason: "limit", detail, ...place };
}

function omitted(source: string, omission: Omission): Gap {
  const { account, region, resource, hides, ...rest } = omission;
  const place = {
    ...(account === undefined ? {} : { account }),
    ...(region === undefined ? {} : { region }),
  };
  return {
    store_id: source,
    scope: scopeOf(source, place),
    ...(resource === undefined ? {} : { resource: factId(source, resource) }),
    hides: hides.length === 0 ? [...YIELDED] : [...hides],
    ...rest,
  };
}

async function put({ source, io, session }: Run, ask: Ask): Promise<Outcome> {
  const operation = operationOf(ask.operation);
  const call: Call = {
    operation: operation.id,
    scope: scopeOf(source, ask),
    params: ask.params,
    hides: operation.hides,
    resource: factId(source, filled(operation.resource, ask, ask.params)),
    ...(operation.redact === undefined ? {} : { redact: operation.redact }),
    ...(operation.identifiers === undefined ? {} : { identifiers: operation.identifiers }),
    ...(operation.fresh === true ? { fresh: true } : {}),
  };
  const { pages, input = () => ({}) } = operation;
  const { page } = ask.params;
  const request = {
    ...input(ask.params),
    ...(pages === undefined || page === undefined ? {} : { [pages.input]: page }),
  };
  return await io.call(call, async (limits) => await session.ask(operation, ask, request, limits));
}
