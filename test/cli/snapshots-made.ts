import { sha256 } from "../../src/base/index.ts";
import { assembled, taken } from "../../src/collect/assembled.ts";
import { reread } from "../../src/collect/replay.ts";
import { connectors } from "../../src/connectors/index.ts";
import { questionKey, writeSnapshot, type Gap, type RawRecord } from "../../src/facts/index.ts";
import { exampleRecords, openExample } from "../evidence/example.ts";

const example = await openExample();
const records = await exampleRecords(example);
const [SOURCE] = example.manifest.sources;

export interface Made {
  readonly taken_at: string;
  readonly run_id?: string;
  /** Names of the sources, each a store that answers as that of the example. */
  readonly stores?: readonly string[];
  /** Whether nothing was answered at all. */
  readonly unread?: boolean;
  /** Whether it was asked at all; all are. */
  readonly keep?: (record: RawRecord) => boolean;
  readonly change?: (record: RawRecord) => RawRecord;
  readonly selection?: Record<string, unknown>;
}

const unchanged = (record: RawRecord): RawRecord => record;

/** Writes the example below `parent` as it would have been read at another time, by other answers, of other stores. */
export async function snapshotMade(parent: string, made: Made): Promise<string> {
  const {
    taken_at,
    run_id = example.manifest.run_id,
    change = unchanged,
    keep = () => true,
    selection,
    unread = false,
  } = made;
  const sources = (made.stores ?? [SOURCE!.store_id]).map((store_id) => ({
    ...SOURCE!,
    store_id,
    ...(selection === undefined ? {} : { selection }),
  }));
  const answers = sources.flatMap(({ store_id }) =>
    (unread ? [] : records.filter(keep)).map((record) => change(at(taken_at, ofStore(record, store_id)))),
  );
  const kept: { records: RawRecord[]; gaps: Gap[] } = { records: answers, gaps: [] };
  const readings = await Promise.all(
    sources.map(async (source) => (await reread(source, connectors.get("hashicorp")!, kept)).reading),
  );
  const result = assembled(readings.map(taken));
  const { product_version } = example.manifest;
  const head = { product_version, run_id, sources: result.sources, started_at: taken_at, taken_at };
  return (await writeSnapshot(parent, head, answers, result.facts)).directory;
}

function ofStore(record: RawRecord, store_id: string): RawRecord {
  const scope = record.scope.replace(record.store_id, store_id);
  const moved = { ...record, store_id, scope };
  return { ...moved, key: questionKey(moved) };
}

const withBody = (record: RawRecord, text: string): RawRecord => ({
  ...record,
  body: { text },
  body_sha256: sha256(text),
  body_bytes: text.length,
});

/** Asked and answered then, by a server whose clock was right. */
function at(taken_at: string, record: RawRecord): RawRecord {
  const { body } = record;
  const asked = { ...record, requested_at: taken_at };
  if (!("text" in body) || !body.text.includes('"server_time_utc":')) return asked;
  const seconds = Math.floor(Date.parse(taken_at) / 1000);
  return withBody(asked, body.text.replace(/"server_time_utc":\d+/, `"server_time_utc":${seconds}`));
}

const AUDIT = "server.audit";

/** Without audit devices: the store says that there are none. */
export const withoutAudit = (record: RawRecord): RawRecord =>
  record.operation === AUDIT ? withBody(record, '{"data":{}}') : record;

/** The store refused to name its audit devices. */
export const withAuditRefused = (record: RawRecord): RawRecord =>
  record.operation === AUDIT
    ? {
        ...withBody(record, '{"errors":["permission denied"]}'),
        status: 403,
        refused: { reason: "denied", detail: "the collector may not GET sys/audit" },
      }
    : record;
