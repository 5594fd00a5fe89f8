import type { Detection } from "./statement.ts";

/** What one detection found. What is not known, or is of many events, is absent. Instants are RFC 3339, UTC. */
export interface EventFinding {
  /** SHA-256 over everything that tells it from another one: found again, it is the same. */
  readonly finding_id: string;
  readonly detection: string;
  readonly severity: Detection["head"]["severity"];
  readonly title: string;
  readonly store_id: string;
  readonly detected_at: string;
  readonly principal_key?: string;
  readonly secret_key?: string;
  readonly source_ip?: string;
  readonly event_count: number;
  readonly first_at: string;
  readonly last_at: string;
  /** Of the event that decided: of many events together the one at `detected_at`. Absent where there is none, as of a silence. */
  readonly event_id?: string;
  readonly detail: string;
}
