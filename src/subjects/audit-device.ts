import { posix } from "node:path";
import type { FactOf } from "../facts/index.ts";

/** The devices of an operating system behind which somebody may keep what is written: the streams of the process itself. */
const STREAM = /^\/dev\/(stdout|stderr|fd\/\d+)$/;

type Sink = FactOf<"sink">;

/**
 * How many of a store's devices keep every access. One that a filter keeps some from does not, nor does a fallback, which is
 * given what every other device left out; but a fallback and the filtered ones together are one, where none of these forgets what
 * it takes and no unfiltered device leaves the fallback without anything. Of a cloud's trails other facts say it.
 * Sources: Vault documentation, "Filter audit output", "Fallback audit device".
 */
export function completeSinks(sinks: readonly Sink[]): number {
  const unfiltered = sinks.filter((sink) => !isFiltered(sink) && !isFallback(sink));
  if (unfiltered.length > 0) return unfiltered.filter((sink) => !forgets(sink)).length;
  const rest = sinks.some((sink) => isFallback(sink) && !isFiltered(sink));
  return rest && !sinks.some(forgets) ? 1 : 0;
}

function isFiltered({ options }: Sink): boolean {
  return (options["filter"] ?? "").trim() !== "";
}

/** What does not clearly say that it is none. */
function isFallback({ options }: Sink): boolean {
  return !/^(|0|f|false)$/i.test((options["fallback"] ?? "").trim());
}

/**
 * Whether a device writes nowhere: `discard` is Vault's own word for that, and what else is below `/dev/` forgets, refuses or shows
 * what it is given. Source: Vault documentation, "File audit device"; Linux manual, null(4), full(4), random(4).
 */
function forgets({ sink_type, destination }: Sink): boolean {
  const path = destination === undefined ? undefined : posix.normalize(destination.trim());
  const nowhere =
    path?.toLowerCase() === "discard" || (path?.startsWith("/dev/") === true && !STREAM.test(path));
  return sink_type === "file" && nowhere;
}
