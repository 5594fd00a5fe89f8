import type { FactKind, Gap } from "../../facts/index.ts";
import { counted } from "../../base/index.ts";
import type { Json } from "./json.ts";

/** Two clocks that are kept by time servers differ by less. */
const MAX_DIFFERENCE_MS = 5 * 60_000;

/** What holds instants that are judged by how far they lie from the collector's present. */
const DATED_KINDS = [
  "certificate",
  "certificate_role",
  "key",
  "key_rotation",
  "revocation_list",
  "secret_metadata",
  "secret_rotation",
  "secret_version",
  "token",
] as const satisfies readonly FactKind[];

/** When the answer was asked for, and how long it took. */
interface Asked {
  readonly requested_at: string;
  readonly elapsed_ms: number;
}

/**
 * What cannot be judged where the server's clock (`server_time_utc` of `sys/health`, whole seconds since 1970) and that of the
 * machine that collects differ: every age would be wrong, and by a slow clock what is overdue or expired would be in order.
 * Absent where they agree, or where the server does not tell the time.
 */
export function whyClockDiffers(
  body: Json,
  { requested_at, elapsed_ms }: Asked,
): (Pick<Gap, "reason" | "detail" | "fix"> & { readonly hides: readonly FactKind[] }) | undefined {
  const seconds = body["server_time_utc"];
  if (typeof seconds !== "number") return undefined;
  const ahead = seconds * 1000 - Date.parse(requested_at);
  const difference = Math.max(-ahead, ahead - elapsed_ms);
  if (difference <= MAX_DIFFERENCE_MS) return undefined;
  const minutes = counted(Math.floor(difference / 60_000), "minute");
  return {
    hides: DATED_KINDS,
    reason: "malformed",
    detail: `expected the store's clock to agree with the collector's, got one that is ${minutes} ${ahead > 0 ? "ahead" : "behind"}`,
    fix: "Set the clock of the machine that collects, or the store's where that one is wrong, and collect again.",
  };
}
