import { createReadStream } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { CountersignError, makeDirectory } from "../base/index.ts";
import { textLiteral, type DuckDb } from "../tables/index.ts";
import { EVENT_COLUMNS } from "./event.ts";
import {
  envelopeOf,
  isByLine,
  mappingOf,
  plainTrailRecords,
  recordsIn,
  trailColumns,
  MAX_VALUE_BYTES,
  USUAL_VALUE_BYTES,
  type Compression,
  type Format,
} from "./formats.ts";
import type { Work } from "./inputs.ts";
import { KNOWN_CALLS } from "./operations.ts";
import { MAX_ASIDE_CHARACTERS, salvage, salvageLines } from "./salvage.ts";

/** Largest damaged file, uncompressed, of which the whole records are looked for; of a larger one it is the beginning. */
const MAX_SALVAGE_BYTES = 128 * 1024 * 1024;

/** What was put aside of a file. */
export interface Aside {
  readonly digest: string;
  readonly problem: string;
  readonly content: string;
  /** Where it stands in the uncompressed file, up to before `to`; absent of a record that could be read and is none. */
  readonly from?: number;
  readonly to?: number;
}

/** The staged directory of a piece of work: Parquet files in `day=…`, records that are none in `day=aside`. */
export interface Staged {
  readonly directory: string;
  readonly aside: readonly Aside[];
}

/** Makes what the mappings need. */
export async function prepare(database: DuckDb): Promise<void> {
  const rows = KNOWN_CALLS.map(
    ({ service, name, operation }) => `(${[service, name, operation].map(textLiteral).join(", ")})`,
  );
  await database.run(
    `CREATE OR REPLACE TEMP TABLE operation_names AS SELECT * FROM (VALUES ${rows.join(", ")}) AS calls (service, name, operation)`,
  );
}

/**
 * Maps files of one format and compression to events. One that the engine cannot read is found by halves and read record by
 * record; what of it is no record is aside.
 */
export async function stageWork(database: DuckDb, work: readonly Work[], directory: string): Promise<Staged> {
  const aside: Aside[] = [];
  await makeDirectory(directory);
  let step = 0;
  const attempt = async (files: readonly Work[]): Promise<void> => {
    step += 1;
    const target = join(directory, `step-${step}`);
    const [only] = files;
    if (only === undefined || (await isRead(database, files, target))) return;
    if (files.length > 1) {
      const middle = Math.ceil(files.length / 2);
      await attempt(files.slice(0, middle));
      await attempt(files.slice(middle));
    } else aside.push(...(await salvaged(database, only, join(directory, `step-${step}-salvaged`))));
  };
  await attempt(work);
  return { directory, aside };
}

/**
 * A way to read files. `plain`: only what holds well-formed records and nothing else. `flushRows`: rows of a day that a
 * thread holds before it writes them.
 */
interface Manner {
  readonly plain: boolean;
  readonly valueBytes: number;
  readonly flushRows: number;
  readonly threads: number | undefined;
}

const USUAL: Manner = {
  plain: false,
  valueBytes: USUAL_VALUE_BYTES,
  flushRows: 12_000,
  threads: undefined,
};

const FRUGAL: Manner = { ...USUAL, flushRows: 2_000, threads: 1 };

/** Ways to read the same files, the cheapest first: a spread over many days, or large files, take more memory. */
const MANNERS: readonly Manner[] = [
  { ...USUAL, plain: true },
  USUAL,
  FRUGAL,
  { ...FRUGAL, valueBytes: MAX_VALUE_BYTES },
];

function mannersOf(format: Format, files: number): readonly Manner[] {
  const fitting = MANNERS.filter(({ plain }) => !plain || format === "cloudtrail");
  return files > 1 ? fitting.filter(({ valueBytes }) => valueBytes <= USUAL_VALUE_BYTES) : fitting;
}

/** Whether the files could be read in some manner; false where one of them is not what it should be. */
async function isRead(database: DuckDb, files: readonly Work[], target: string): Promise<boolean> {
  const [first] = files;
  if (first === undefined) return true;
  let refused: unknown;
  for (const manner of mannersOf(first.format, files.length)) {
    try {
      await rm(target, { recursive: true, force: true });
      await database.within(manner, async () => {
        await copyEvents(database, files, target, manner);
      });
      return true;
    } catch (thrown) {
      // Whatever else went wrong, a full disk above all, is not the files' fault.
      if (!(thrown instanceof CountersignError) || !["E_INPUT", "E_LIMIT"].includes(thrown.code))
        throw thrown;
      refused = thrown;
      if (files.length > 1 && thrown.code === "E_INPUT" && !manner.plain) break;
    }
  }
  await rm(target, { recursive: true, force: true });
  if (files.length === 1 && (refused as CountersignError).code === "E_LIMIT") throw refused;
  return false;
}

async function copyEvents(
  database: DuckDb,
  work: readonly Work[],
  target: string,
  { plain, valueBytes }: Manner,
): Promise<void> {
  const [first] = work;
  if (first === undefined) return;
  const digests = work.map(({ path, digest }) => `(${textLiteral(path)}, ${textLiteral(digest)})`).join(", ");
  await database.run(
    `CREATE OR REPLACE TEMP TABLE files AS SELECT * FROM (VALUES ${digests}) AS files (file, digest)`,
  );
  const paths = work.map(({ path }) => path);
  const reading = plain
    ? plainTrailRecords(paths, first.compression, valueBytes)
    : recordsIn(paths, first.format, first.compression, valueBytes);
  await database.run(copySql(first.format, reading, target, plain));
}

/** `plain`: what is no record ends the statement, since its text is not there to be put aside. */
function copySql(format: Format, reading: string, target: string, plain = false): string {
  const digest = isByLine(format) ? "sha256(read.record)" : "files.digest";
  const isNoLine = isByLine(format) ? "json_type(record) <> 'OBJECT'" : "FALSE";
  const content = plain ? "error('a record with a problem')" : `left(record, ${MAX_ASIDE_CHARACTERS})`;
  const columns = EVENT_COLUMNS.map(({ name }) => {
    if (name === "time") return "CAST(date_trunc('milliseconds', time) AS TIMESTAMP) AS time";
    return name === "source_network" ? `${NETWORK} AS source_network` : name;
  });
  return `COPY (
WITH received AS (
  SELECT read.* EXCLUDE (record, file), CAST(read.record AS VARCHAR) AS record, ${digest} AS record_digest, files.digest AS source
  FROM (${reading}) AS read JOIN files ON files.file = read.file
),
told AS (${mappingOf(format)}),
mapped AS (
  SELECT * REPLACE (
    CASE WHEN length(event_id) > ${MAX_ID_CHARACTERS} THEN sha256(event_id) ELSE event_id END AS event_id,
    CASE
      WHEN problem IS NOT NULL AND ${isNoLine} THEN 'a line that is no JSON object'
      WHEN problem IS NULL AND NOT coalesce(${IS_INSTANT}, FALSE) THEN 'no time that is an instant'
      ELSE problem
    END AS problem
  )
  FROM told
)
SELECT ${columns.join(", ")},
  problem,
  CASE WHEN problem IS NOT NULL THEN ${content} END AS content,
  source AS input_digest,
  CASE WHEN problem IS NOT NULL THEN 'aside' WHEN outcome = 'unanswered' THEN 'unanswered' ELSE strftime(time, '%Y-%m-%d') END AS day
FROM mapped
WHERE problem IS NULL OR item = 0
) TO ${textLiteral(target)} (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (day))`;
}

/** Longest id of a call; a longer one is kept as its SHA-256. */
const MAX_ID_CHARACTERS = 256;

/** The engine takes \`infinity\` and years of five digits for instants; they are no day of the table's. */
const IS_INSTANT = "time >= TIMESTAMP '1970-01-01' AND time < TIMESTAMP '9999-12-31'";

/** The /24 of an IPv4 address, the /48 of an IPv6 address with its `::` written out; NULL for anything else. */
const NETWORK = `CASE
    WHEN regexp_matches(source_ip, '^[0-9]{1,3}([.][0-9]{1,3}){3}$')
      THEN split_part(source_ip, '.', 1) || '.' || split_part(source_ip, '.', 2) || '.' || split_part(source_ip, '.', 3) || '.0/24'
    WHEN regexp_matches(source_ip, '^[0-9a-fA-F:]+$') AND contains(source_ip, ':')
      THEN array_to_string(list_transform([1, 2, 3], lambda group_number: coalesce(nullif(ltrim(lower(list_concat(
        string_split(CASE WHEN starts_with(source_ip, '::') THEN '0' ELSE split_part(source_ip, '::', 1) END, ':'), ['0', '0', '0'])[group_number]), '0'), ''), '0')), ':') || '::/48'
  END`;

/** Reads a damaged file record by record: whole ones are staged, the others given back. */
async function salvaged(database: DuckDb, work: Work, target: string): Promise<Aside[]> {
  const { bytes, problem } = await readable(work.path, work.compression);
  const found = [...(isByLine(work.format) ? salvageLines(bytes) : salvage(bytes, envelopeOf(work.format)))];
  const records = found.flatMap((one) => ("record" in one ? [one.record] : []));
  // A piece of a growing file lies where it begins.
  const start = work.fromByte;
  const aside = found.flatMap((one): Aside[] =>
    "problem" in one ? [{ digest: work.digest, ...one, from: start + one.from, to: start + one.to }] : [],
  );
  if (records.length > 0) {
    const path = `${target}.json`;
    await writeFile(
      path,
      records.map((record) => `${JSON.stringify({ record, digest: work.digest })}\n`).join(""),
      { mode: 0o600 },
    );
    await database.run(
      `CREATE OR REPLACE TEMP TABLE files AS SELECT ${textLiteral(path)} AS file, ${textLiteral(work.digest)} AS digest`,
    );
    // The engine is stricter than JSON.parse, e.g. about half a surrogate pair: what it refuses is kept as a text, and is then no record.
    const reading = `SELECT CASE WHEN json_valid(record) THEN record ELSE CAST(to_json(record) AS VARCHAR) END AS record, filename AS file FROM read_json(${textLiteral(path)}, format = 'newline_delimited', columns = {record: 'VARCHAR'}, maximum_object_size = ${USUAL_VALUE_BYTES}, filename = true)`;
    const columns = work.format === "cloudtrail" ? trailColumns(reading) : reading;
    await database.within(FRUGAL, async () => {
      await database.run(copySql(work.format, columns, target));
    });
  }
  return problem === undefined ? aside : [...aside, { digest: work.digest, problem, content: "" }];
}

/** The bytes of a file as far as it can be unpacked, a character each, and why not further. */
async function readable(
  path: string,
  compression: Compression,
): Promise<{ bytes: string; problem: string | undefined }> {
  const file = createReadStream(path);
  const stream =
    compression === "gzip"
      ? file.pipe(createGunzip())
      : compression === "zstd"
        ? file.pipe(createZstdDecompress())
        : file;
  const chunks: Buffer[] = [];
  let length = 0;
  let problem: string | undefined;
  try {
    for await (const chunk of stream) {
      chunks.push(chunk as Buffer);
      length += (chunk as Buffer).length;
      if (length > MAX_SALVAGE_BYTES) {
        problem = `more than ${MAX_SALVAGE_BYTES} bytes of a file that cannot be read as a whole`;
        break;
      }
    }
  } catch {
    problem = "a packed file that is cut off or damaged";
  }
  file.destroy();
  return { bytes: Buffer.concat(chunks).toString("latin1"), problem };
}
