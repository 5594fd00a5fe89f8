import { isGap } from "../../../facts/index.ts";
import { Misshapen, isObject, type Json } from "../../shape.ts";
import { readRecord } from "../normalise.ts";
import type { Ask } from "../operation.ts";
import type { AuditLogSettings } from "../settings.ts";
import { LOOKUP_DAYS } from "./coverage.ts";
import type { FileTrail } from "./files.ts";
import { query } from "./lake.ts";
import { lookUp } from "./lookup-events.ts";
import { LogReading, Spending, type LogRun, type Outcome } from "./reading.ts";
import { FileReading } from "./s3.ts";
import { DAY_MS, LATENESS_MS, later, shifted } from "./times.ts";
import { readWindows } from "./windows.ts";

/** Days that the first reading goes back where the settings say nothing. */
const DEFAULT_DAYS = 90;

/** An account's Region with the trails that take its calls. */
interface Logged {
  readonly account: string;
  readonly region: string;
  readonly trails: readonly FileTrail[];
}

/** What the walk tells of logs: where there are any, and what leads to their files. */
export class LogMap {
  readonly places: Logged[] = [];
  organizationId: string | undefined;

  /** Takes note of an answer, or of its absence: a Region whose trails are not known still has a history. */
  note({ operation, account, region }: Ask, outcome: Outcome): void {
    if (operation === "organizations.organization") this.organizationId ??= organizationOf(bodyOf(outcome));
    if (operation !== "cloudtrail.trails" || account === undefined || region === undefined) return;
    this.places.push({ account, region, trails: fileTrails(bodyOf(outcome)) });
  }
}

/** What an answer says; what is wrong with it, or that there is none, is a gap already. */
function bodyOf(outcome: Outcome): Json {
  if (isGap(outcome)) return {};
  try {
    return readRecord(outcome).body;
  } catch (thrown) {
    if (thrown instanceof Misshapen) return {};
    throw thrown;
  }
}

function organizationOf({ Organization: own }: Json): string | undefined {
  const id = isObject(own) ? own["Id"] : undefined;
  return typeof id === "string" && /^o-[a-z0-9]{10,32}$/.test(id) ? id : undefined;
}

/** The trails of an answer, the widest first; one that does not say all of itself is none. */
function fileTrails(body: Json): FileTrail[] {
  const list: readonly unknown[] = Array.isArray(body["trailList"]) ? body["trailList"] : [];
  return list
    .filter(isObject)
    .flatMap((own): FileTrail[] => {
      const [arn, bucket, name] = ["TrailARN", "S3BucketName", "Name"].map((key) => own[key]);
      if (typeof arn !== "string" || typeof bucket !== "string" || typeof name !== "string") return [];
      const [, , , homeRegion = "", homeAccount = ""] = arn.split(":");
      const { S3KeyPrefix: prefix, KmsKeyId: key } = own;
      return [
        {
          arn,
          name,
          bucket,
          homeAccount,
          homeRegion,
          prefix: typeof prefix === "string" && prefix !== "" ? `${prefix.replace(/\/+$/, "")}/` : "",
          everyRegion: own["IsMultiRegionTrail"] === true,
          organization: own["IsOrganizationTrail"] === true,
          key: typeof key === "string" && key !== "" ? key : undefined,
        },
      ];
    })
    .sort((a, b) => Number(b.everyRegion) - Number(a.everyRegion) || (a.arn < b.arn ? -1 : 1));
}

/** Reads the logs of every place that the walk has met, one after the other, each by the way that is set or that is allowed. */
export async function* readLogs(
  settings: AuditLogSettings,
  map: LogMap,
  run: Omit<LogRun, "spending">,
): AsyncGenerator<Outcome> {
  const all = { ...run, spending: new Spending(settings) };
  const places = [...map.places].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  for (const place of places) yield* new PlaceReading(settings, map, all, place).read();
}

function nameOf({ account, region }: Logged): string {
  return `${account}/${region}`;
}

class PlaceReading {
  readonly #settings: AuditLogSettings;
  readonly #map: LogMap;
  readonly #run: LogRun;
  readonly #place: Logged;

  constructor(settings: AuditLogSettings, map: LogMap, run: LogRun, place: Logged) {
    this.#settings = settings;
    this.#map = map;
    this.#run = run;
    this.#place = place;
  }

  async *read(): AsyncGenerator<Outcome> {
    const { from } = this.#settings;
    if (from === "lake") yield* this.#lake(this.#settings.data_store);
    else if (from === "lookup_events") yield* this.#lookup();
    else if (from === "s3") yield* this.#files();
    else if (from === "auto" && (yield* this.#files())) yield* this.#lookup();
  }

  /** True: there are no files that this identity may list, so that another way may show more. */
  async *#files(): AsyncGenerator<Outcome, boolean> {
    const trail = this.#trail();
    const { from } = this.#settings;
    if (trail === undefined && from === "auto") return true;
    const { account, region } = this.#place;
    // An organisation's files lie with its trail; who keeps that may read them.
    const asker =
      trail?.organization === true && this.#isRead(trail.homeAccount) ? trail.homeAccount : account;
    const reading = new LogReading(this.#run, { account, region, asker: { account: asker } }, "s3");
    const begun = yield* this.#begin(reading);
    if (begun === undefined) return false;
    const { state, at } = begun;
    const wanted = { from_at: this.#since(at), to_at: shifted(at, -LATENESS_MS) };
    if (trail === undefined || this.#lacksOrganization(trail)) {
      yield reading.gap("s3.log_files", wanted, trail === undefined ? NO_TRAIL : NO_ORGANIZATION);
      yield await reading.coverage(wanted);
      return from === "auto";
    }
    const files = new FileReading(reading, { trail, organizationId: this.#organizationId(), state, wanted });
    yield* files.read();
    // What was never read by this way is told by the next one.
    if (files.refused && from === "auto" && state.searched.length === 0) return true;
    yield await reading.coverage(wanted);
    return files.refused;
  }

  async *#lookup(): AsyncGenerator<Outcome> {
    const { account, region } = this.#place;
    const reading = new LogReading(
      this.#run,
      { account, region, asker: { account, region } },
      "lookup_events",
    );
    yield* this.#windows(reading, LOOKUP_DAYS, (window) => lookUp(reading, window));
  }

  async *#lake(store: string): AsyncGenerator<Outcome> {
    const { account, region } = this.#place;
    const [, , , home = region, keeper = account] = store.split(":");
    const asker = { account: this.#isRead(keeper) ? keeper : account, region: home };
    const reading = new LogReading(this.#run, { account, region, asker }, "lake");
    yield* this.#windows(reading, undefined, (window) => query(reading, store, window));
  }

  async *#windows(
    reading: LogReading,
    reachDays: number | undefined,
    read: Parameters<typeof readWindows>[2],
  ): AsyncGenerator<Outcome> {
    const begun = yield* this.#begin(reading);
    if (begun === undefined) return;
    const { state, at } = begun;
    const settled = shifted(at, -LATENESS_MS);
    const since = this.#since(at);
    const from_at = reachDays === undefined ? since : later(since, shifted(at, -reachDays * DAY_MS));
    yield* readWindows(reading, { state, settled, wanted: { from_at, to_at: at } }, read);
    yield await reading.coverage({ from_at: since, to_at: settled });
  }

  async *#begin(reading: LogReading) {
    const begun = await reading.state();
    yield begun.outcome;
    return "state" in begun ? begun : undefined;
  }

  /** To the hour, so that each run asks for what the one before asked for, and a little less. */
  #since(at: string): string {
    const { days = DEFAULT_DAYS } = this.#settings;
    return `${shifted(at, -days * DAY_MS).slice(0, 13)}:00:00.000Z`;
  }

  #trail(): FileTrail | undefined {
    const { trail } = "trail" in this.#settings ? this.#settings : { trail: undefined };
    return this.#place.trails.find(({ arn }) => trail === undefined || arn === trail);
  }

  #organizationId(): string | undefined {
    const own = "organization_id" in this.#settings ? this.#settings.organization_id : undefined;
    return own ?? this.#map.organizationId;
  }

  #lacksOrganization({ organization }: FileTrail): boolean {
    return organization && this.#organizationId() === undefined;
  }

  #isRead(account: string): boolean {
    return this.#map.places.some((place) => place.account === account);
  }
}

const NO_TRAIL = {
  reason: "unsupported",
  detail: "expected a trail that writes the Region's calls to a bucket, got none that is known",
  fix: "Set up a trail, or name it (audit_log.trail); audit_log: { from: lookup_events } reads 90 days without one.",
} as const;

const NO_ORGANIZATION = {
  reason: "limit",
  detail: "expected the organisation's id, which is part of the names of its trail's files, got none",
  fix: "Set audit_log.organization_id, or let the collector call organizations:DescribeOrganization.",
} as const;
