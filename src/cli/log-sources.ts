import { rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { CountersignError, fileError, sha256 } from "../base/index.ts";
import { LogStore, type CollectPorts, type CollectSource } from "../collect/index.ts";
import { AwsSettings, HashicorpSettings, LogBucket, type BucketTerms } from "../connectors/index.ts";
import { isDigestName, isLogName, type DeliveredFile, type LogFile } from "../events/index.ts";
import { compileSchema } from "../facts/index.ts";
import { filesAt } from "./log-files.ts";

/** What a source of the configuration has of its log. */
export interface SourceLog {
  readonly files: AsyncIterable<LogFile>;
  /** Why some, or all, of the log is not among them; empty where nothing is known to be missing. */
  readonly missing: readonly string[];
}

/** Connectors whose stores keep no log of their own that could be read. */
export const WITHOUT_LOG: ReadonlySet<string> = new Set(["embedded", "people", "review"]);

const awsSettings = compileSchema(AwsSettings);
const hashicorpSettings = compileSchema(HashicorpSettings);

/** The log of a source: what `collect` has kept of it, or files of which the configuration says that they hold it. */
export async function logOf(
  source: CollectSource,
  terms: {
    readonly stateDirectory: string;
    /** Of the configuration: files are named from there. */
    readonly directory: string;
    readonly sleep: CollectPorts["sleep"];
  },
): Promise<SourceLog> {
  const { connector, name, settings } = source;
  if (connector === "aws") return await keptLog(new LogStore(terms.stateDirectory, name, terms.sleep));
  const files = hashicorpSettings.fits(settings) ? (settings.audit_log?.files ?? []) : [];
  const none = `sources.${name}.audit_log.files names no file; set it, or name the files: countersign events ingest --store ${name} <path>`;
  return { files: filesAt(files, resolve(terms.directory)), missing: files.length > 0 ? [] : [none] };
}

/** Records that the AWS connector has fetched, log by log in the order in which they came. */
async function keptLog(store: LogStore): Promise<SourceLog> {
  const logs = await store.logs();
  const holes = await Promise.all(
    logs.map(async (log) => {
      const { holes: open } = await store.state(log);
      return open.length === 0 ? [] : [`${log}: ${open.length} pieces could not be read from AWS`];
    }),
  );
  const none = "no records are kept: set audit_log of the source and run countersign collect";
  return { files: bodiesOf(store, logs), missing: logs.length === 0 ? [none] : holes.flat() };
}

async function* bodiesOf(store: LogStore, logs: readonly string[]): AsyncGenerator<LogFile> {
  for (const log of logs) {
    for await (const { source, sha256: digest } of store.list(log)) {
      yield {
        source: `${log}/${source}`,
        version: digest,
        digest,
        fetch: async () => {
          // Held against its digest before anything is made of it.
          await store.open(digest);
          return store.pathOf(digest);
        },
      };
    }
  }
}

const ADDRESS = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/s;

export function isBucketAddress(path: string): boolean {
  return path.startsWith("s3://");
}

/** Objects at an address `s3://bucket/prefix`, each fetched to a file of its own when its turn has come. */
export async function* objectsAt(
  address: string,
  source: CollectSource,
  terms: BucketTerms,
): AsyncGenerator<LogFile> {
  for await (const { source: at, version, fetched } of bucketAt(address, source, terms)) {
    yield { source: at, version, fetch: async (directory) => (await fetched(directory)).path };
  }
}

/** Log files of CloudTrail and their digests at such an address, with their signatures; each lies there until the next. */
export async function* deliveredAt(
  address: string,
  source: CollectSource,
  terms: BucketTerms,
  directory: string,
): AsyncGenerator<DeliveredFile> {
  for await (const { source: at, fetched } of bucketAt(address, source, terms)) {
    if (!isDigestName(at) && !isLogName(at)) continue;
    const { path, signature } = await fetched(directory);
    try {
      yield { source: at, path, ...(signature === undefined ? {} : { signature }) };
    } finally {
      await rm(path, { force: true });
    }
  }
}

/** An object of a bucket, and a way to bring it into a directory. */
interface FoundObject {
  readonly source: string;
  readonly version: string;
  readonly fetched: (directory: string) => Promise<{ readonly path: string; readonly signature?: string }>;
}

async function* bucketAt(
  address: string,
  source: CollectSource,
  terms: BucketTerms,
): AsyncGenerator<FoundObject> {
  const [, bucket, prefix = ""] = ADDRESS.exec(address) ?? [];
  const { settings } = source;
  if (bucket === undefined || !awsSettings.fits(settings)) {
    throw new CountersignError(
      "E_USAGE",
      `expected s3://bucket/prefix of a source with connector aws, got ${address} of ${source.name}`,
      { fix: "Name a source whose collector may read the bucket: --store <source>" },
    );
  }
  const reader = new LogBucket(settings, terms);
  try {
    for await (const { key, etag } of reader.list(bucket, prefix)) {
      yield {
        source: `s3://${bucket}/${key}`,
        version: etag,
        fetched: async (directory) => {
          const path = join(directory, `${sha256(key)}.object`);
          const { body, signature } = await reader.read(bucket, key);
          try {
            await writeFile(path, body, { mode: 0o600 });
          } catch (thrown) {
            throw fileError(thrown, path, "write");
          }
          return { path, ...(signature === undefined ? {} : { signature }) };
        },
      };
    }
  } finally {
    await reader.end();
  }
}
