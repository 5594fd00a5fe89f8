import { readFileSync } from "node:fs";
import type { Json } from "../../counterparties/json.ts";
import type { RawRecord } from "../../../src/facts/index.ts";
import { recordOf } from "./plain-io.ts";

interface Replay {
  readonly operation: string;
  readonly scope: string;
  readonly params: RawRecord["params"];
  readonly caller?: string;
  readonly requested_at?: string;
  readonly status: number;
  readonly body: Json;
}

/** The records of `test/replays/hashicorp/<name>.ndjson`. */
export function replayed(name: string): RawRecord[] {
  const file = new URL(`../../replays/hashicorp/${name}.ndjson`, import.meta.url);
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  return lines.map((line) => {
    const {
      status,
      body,
      caller = "nobody",
      requested_at = "2026-11-23T18:00:00.000Z",
      ...call
    } = JSON.parse(line) as Replay;
    return recordWith(call, body, { status, caller, requested_at });
  });
}

interface Envelope {
  readonly status?: number;
  readonly caller?: string;
  readonly requested_at?: string;
}

/** A record with this body: JSON of it, or the bytes given. */
export function recordWith(
  call: Pick<RawRecord, "operation"> & Partial<Pick<RawRecord, "scope" | "params">>,
  body: unknown,
  { status = 200, caller = "nobody", requested_at = "2026-11-23T18:00:00.000Z" }: Envelope = {},
): RawRecord {
  const bytes = body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body));
  const question = { scope: "payments-vault", params: {}, ...call };
  return recordOf(
    question,
    { status, media_type: "application/json", body: bytes },
    new Date(requested_at),
    caller,
  );
}
