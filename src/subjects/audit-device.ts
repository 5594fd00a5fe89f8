import { posix } from "node:path";
import type { FactOf } from "../facts/index.ts";

/**
 * Whether a device keeps every access: not one that writes nowhere (`discard` is Vault's own word for that), nor one that a filter keeps
 * some from. Of a cloud's trails other facts say it. Source: Vault documentation, "File audit device", "Filtering".
 */
export function keepsEveryAccess({ sink_type, destination, options }: FactOf<"sink">): boolean {
  const path = destination === undefined ? undefined : posix.normalize(destination.trim());
  const nowhere = sink_type === "file" && (path === "/dev/null" || path?.toLowerCase() === "discard");
  return !nowhere && (options["filter"] ?? "").trim() === "";
}
