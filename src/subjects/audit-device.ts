import { posix } from "node:path";
import type { FactOf } from "../facts/index.ts";

/** The devices of an operating system behind which somebody may keep what is written: the streams of the process itself. */
const STREAM = /^\/dev\/(stdout|stderr|fd\/\d+)$/;

type Sink = FactOf<"sink">;

/** Names of a process's own output. */
const OUTPUT = /^(stdout|\/dev\/(stdout|fd\/1))$/;

/**
 * How many of a store's devices keep every access, whole; those that write to one file by several spellings of its path, which the
 * server takes, are one. One that a filter keeps some from does not, nor one that leaves fields of
 * entries out, which may be those that tell who did what; nor does a fallback, which is given what every other device left out; but a fallback and the filtered ones together are one, where none of these forgets what
 * it takes and no unfiltered device leaves the fallback without anything. Of a cloud's trails other facts say it.
 * Sources: Vault documentation, "Filter audit output", "Fallback audit device", "Exclusion syntax for audit data".
 */
export function completeSinks(sinks: readonly Sink[]): number {
  const unfiltered = sinks.filter((sink) => !isFiltered(sink) && !isFallback(sink));
  const loses = (sink: Sink): boolean => forgets(sink) || excludes(sink);
  if (unfiltered.length > 0) return new Set(unfiltered.filter((sink) => !loses(sink)).map(placeOf)).size;
  const rest = sinks.some((sink) => isFallback(sink) && !isFiltered(sink));
  return rest && !sinks.some(loses) ? 1 : 0;
}

/** Where a device writes to; itself where that is not a file. */
function placeOf({ id, sink_type, destination }: Sink): string {
  if (sink_type !== "file" || destination === undefined) return id;
  const path = posix.normalize(destination.trim());
  return OUTPUT.test(path) ? "stdout" : path;
}

/** What does not clearly say that nothing is left out: a JSON list of conditions, each with its fields. */
function excludes({ options }: Sink): boolean {
  return !/^(|\[\s*\]|null)$/.test((options["exclude"] ?? "").trim());
}

function isFiltered({ options }: Sink): boolean {
  return (options["filter"] ?? "").trim() !== "";
}

/** What does not clearly say that it is none. */
function isFallback({ options }: Sink): boolean {
  return !/^(|0|f|false)$/i.test((options["fallback"] ?? "").trim());
}

/** What leads to a device from a directory that nobody here knows: the server's own, which relative paths begin at. */
const RELATIVE_DEVICE = /^(?!\/)(.*\/)?dev\/(full|mem|null|random|shm\/.*|tty|urandom|zero)$/;

/**
 * Whether a device writes nowhere: `discard` is Vault's own word for that, and what else is below `/dev/` forgets, refuses or shows
 * what it is given, by whatever way a path leads there; below `/proc/` and `/sys/` nothing is kept. Where a link leads cannot be seen.
 * Source: Vault documentation, "File audit device"; Linux manual, null(4), full(4), random(4), proc(5), sysfs(5).
 */
function forgets({ sink_type, destination }: Sink): boolean {
  if (sink_type !== "file" || destination === undefined) return false;
  const path = posix.normalize(destination.trim());
  if (path.toLowerCase() === "discard" || RELATIVE_DEVICE.test(path)) return true;
  return /^\/(dev|proc|sys)\//.test(path) && !STREAM.test(path);
}
