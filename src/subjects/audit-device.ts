import { posix } from "node:path";
import type { FactOf } from "../facts/index.ts";

/** The devices of an operating system behind which somebody may keep what is written: the streams of the process itself. */
const STREAM = /^\/dev\/(stdout|stderr|fd\/\d+)$/;

/**
 * Whether a device keeps every access: not one that writes nowhere (`discard` is Vault's own word for that, and what else is below
 * `/dev/` forgets, refuses or shows what it is given), nor one that a filter keeps some from. Of a cloud's trails other facts say it.
 * Source: Vault documentation, "File audit device", "Filtering"; Linux manual, null(4), full(4), random(4).
 */
export function keepsEveryAccess({ sink_type, destination, options }: FactOf<"sink">): boolean {
  const path = destination === undefined ? undefined : posix.normalize(destination.trim());
  const nowhere =
    path?.toLowerCase() === "discard" || (path?.startsWith("/dev/") === true && !STREAM.test(path));
  return !(sink_type === "file" && nowhere) && (options["filter"] ?? "").trim() === "";
}
