import { availableParallelism } from "node:os";
import { join } from "node:path";
import { CountersignError } from "../base/index.ts";
import { EventTable, attachPublished, type Published, type TableVersion } from "../events/index.ts";
import { DuckDb, Trino, usualMemoryMb, type QueryEngine } from "../tables/index.ts";
import type { LoadedConfig } from "./config.ts";
import { stateDirectory, type ConfigOptions, type Environment } from "./environment.ts";
import type { TrinoSettings } from "./trino-settings.ts";

/** The event table as it can be asked. */
export interface Asked {
  readonly engine: QueryEngine;
  /** Why it may lack what was ingested last; absent where it is the newest that is known here. */
  readonly behind?: string;
}

/**
 * Opens the event table for questions, and nothing else: what a writer does meanwhile is not seen. On this machine, or where
 * `events.engine` is `trino` what is published on the cluster.
 */
export async function asReader<T>(
  environment: Environment,
  options: ConfigOptions,
  config: LoadedConfig | undefined,
  work: (asked: Asked) => Promise<T>,
): Promise<T> {
  if (config?.value.events?.engine !== "trino") {
    return await holding(
      environment,
      options,
      async (table) => await asking(environment, table, async (engine) => await work({ engine })),
    );
  }
  return await onTrino(environment, options, config, async (engine, { schema }) => {
    const published = await attachPublished(engine, schema);
    const behind = behindOf(published, await EventTable.newestVersion(stateDirectory(environment, options)));
    return await work({ engine, ...(behind === undefined ? {} : { behind }) });
  });
}

function behindOf(published: Published, here: TableVersion | undefined): string | undefined {
  if (here === undefined || here.sha256 === published.sha256) return undefined;
  return `the cluster has commit ${published.number} of the event table, published at ${published.published_at}; here it is commit ${here.number}: run \`countersign events publish\``;
}

/** Opens the cluster of `events.trino`. E_CONFIG where there is none. */
export async function onTrino<T>(
  environment: Environment,
  options: ConfigOptions,
  config: LoadedConfig,
  work: (engine: Trino, settings: TrinoSettings) => Promise<T>,
): Promise<T> {
  const settings = config.value.events?.trino;
  if (settings === undefined) {
    throw new CountersignError("E_CONFIG", "expected events.trino in the configuration, got none", {
      location: config.locate(["events"]),
      fix: "Say there where the cluster is: address, catalog, schema and user.",
    });
  }
  const [{ withCredentials }, { trinoTerms }] = await Promise.all([
    import("./embedded-vault.ts"),
    import("./trino-settings.ts"),
  ]);
  const reading = { ...options, directory: config.directory, purpose: "events" };
  const terms = await withCredentials(
    environment,
    reading,
    async (credentials) => await trinoTerms(settings, config, credentials),
  );
  const engine = await Trino.open(terms);
  return await interruptible(environment, engine, async () => await work(engine, settings));
}

/** Holds the table of this machine, so that no writer takes its files away. */
export async function holding<T>(
  environment: Environment,
  options: ConfigOptions,
  work: (table: EventTable) => Promise<T>,
): Promise<T> {
  const table = await EventTable.hold(stateDirectory(environment, options));
  try {
    return await work(table);
  } finally {
    await table.release();
  }
}

/** Asks a held table on this machine. */
export async function asking<T>(
  environment: Environment,
  table: EventTable,
  work: (database: DuckDb) => Promise<T>,
): Promise<T> {
  const scratch = join(table.directory, "scratch");
  const database = await DuckDb.open({ memoryMb: usualMemoryMb(), threads: availableParallelism(), scratch });
  return await interruptible(environment, database, async () => {
    await table.attach(database);
    await database.confineTo(table.directory);
    return await work(database);
  });
}

/** Does `work` so that Ctrl-C ends the statement that runs, and closes the engine. */
async function interruptible<T>(
  { signal }: Environment,
  engine: { interrupt: () => void; close: () => Promise<void> | void },
  work: () => Promise<T>,
): Promise<T> {
  const stop = (): void => {
    engine.interrupt();
  };
  signal.addEventListener("abort", stop);
  try {
    return await work();
  } finally {
    signal.removeEventListener("abort", stop);
    await engine.close();
  }
}
