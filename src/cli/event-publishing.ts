import { resolve } from "node:path";
import { CountersignError, EXIT, counted, type ExitCode } from "../base/index.ts";
import { placeFiles, publish } from "../events/index.ts";
import type { CommonOptions } from "./commands/command.ts";
import { loadConfig, type Environment } from "./environment.ts";
import { holding, onTrino } from "./event-engine.ts";

export interface PublishOptions extends CommonOptions {
  readonly files?: boolean;
}

/**
 * `events publish`: the newest commit of the event table becomes what the cluster of `events.trino` answers from. With
 * `files`, only its files are put where somebody else brings them to the cluster.
 */
export async function publishEvents(environment: Environment, options: PublishOptions): Promise<ExitCode> {
  const config = await loadConfig(environment, options);
  const files = config.value.events?.trino?.files;
  if (files === undefined) {
    throw new CountersignError("E_CONFIG", "expected events.trino.files in the configuration, got none", {
      location: config.locate(["events"]),
      fix: "Say there in which directory the table's files are written, and how the cluster calls that place.",
    });
  }
  const directory = resolve(config.directory, files.directory);
  const told = await holding(environment, options, async (table) => {
    const placed = await placeFiles(table, directory);
    if (options.files === true) return { ...placed, directory };
    const published = await onTrino(environment, options, config, async (engine, { catalog, schema }) => {
      const place = { directory, location: files.location, catalog, schema };
      return await publish(engine, table, place, environment.ports.clock.now());
    });
    return { ...placed, directory, published_at: published.published_at };
  });
  const what = `${told.name}: ${counted(told.files, "file")}, ${counted(told.bytes, "byte")}`;
  const end = "published_at" in told ? `, in force since ${told.published_at}` : `, in ${told.directory}`;
  environment.terminal.out(options.json === true ? `${JSON.stringify(told)}\n` : `${what}${end}\n`);
  return EXIT.pass;
}
