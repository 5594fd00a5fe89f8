import { canonicalJson, sha256 } from "../../../src/base/index.ts";
import type {
  AccessLogAnswer,
  CredentialsAnswer,
  IntegrityAnswer,
  StateAnswer,
  UpkeepAnswer,
  UsesAnswer,
} from "../../../src/connectors/index.ts";
import { questionKey, type OwnQuestion, type RawRecord } from "../../../src/facts/index.ts";

export const SOURCE = "own-vault";
const MADE = "2026-02-01T08:00:00.000Z";
const LATELY = "2026-09-20T08:00:00.000Z";

export const STATE: StateAnswer = {
  format: "evlt/v1",
  vault_id: "c7d54f0fbb2d46575c3d79bcc31ff609",
  epoch: 2,
  fingerprint: "ab9dae74c3a282b0d8da50bc10ed37df",
  generation: 17,
  created_at: MADE,
  root_made_at: LATELY,
  id_pinned: true,
  fingerprint_pinned: true,
  anchor_count: 2,
  slots: [
    {
      id: "0a1b2c3d4e5f6071",
      type: "passphrase",
      identity: "default",
      purpose: "daily",
      created_at: MADE,
      configured: true,
      opened: true,
      authenticated_wrap: true,
    },
    {
      id: "1a1b2c3d4e5f6071",
      type: "age",
      identity: "age1example",
      purpose: "recovery",
      created_at: MADE,
      configured: false,
      opened: false,
    },
  ],
};

export const CREDENTIALS: CredentialsAnswer = {
  page: 1,
  pages: 1,
  items: [
    {
      name: "vault/payments/role-id",
      created_at: MADE,
      versions: [{ version: 1, created_at: MADE, content_type: "text/plain" }],
    },
    {
      name: "vault/payments/secret-id",
      created_at: MADE,
      max_age_days: 30,
      note: "issued by the platform team",
      versions: [
        { version: 3, created_at: MADE, content_type: "text/plain" },
        { version: 4, created_at: LATELY, content_type: "text/plain" },
      ],
    },
  ],
};

export const UPKEEP: UpkeepAnswer = {
  created_at: MADE,
  done: { backup: LATELY, kek_added: MADE, kek_removed: MADE, restore_tested: MADE, root_rotated: LATELY },
};

export const ACCESS_LOG: AccessLogAnswer = {
  log_count: 3,
  event_count: 40,
  failure_count: 1,
  span: { first_at: MADE, last_at: LATELY },
  actor_count: 1,
  actors: [{ actor: "collector@build-7", events: 40, failures: 1, reveals: 2 }],
};

export const USES: UsesAnswer = {
  page: 1,
  pages: 1,
  items: [
    {
      name: "vault/payments/secret-id",
      reads: 30,
      last_read_at: LATELY,
      reveals: 2,
      last_reveal: { at: LATELY, by: "ada@build-7" },
      writes: 4,
      failures: 1,
    },
  ],
};

export const INTEGRITY: IntegrityAnswer = {
  looked_at: { blobs: 3, generations: 8 },
  codes: [
    { code: "altered", severity: "error", means: "damage", count: 2 },
    { code: "locked", severity: "error", means: "unchecked", count: 1 },
    { code: "unledgered", severity: "warning", means: "other", count: 1 },
  ],
  findings: [
    { code: "altered", path: "vault/gen/000000000016" },
    { code: "unledgered", path: "vault/log/20260920T080000000Z-0a1b2c3d4e5f.jsonl", at: LATELY },
  ],
};

export const ANSWERS: Readonly<Record<OwnQuestion["about"], unknown>> = {
  access_log: ACCESS_LOG,
  credentials: CREDENTIALS,
  integrity: INTEGRITY,
  state: STATE,
  upkeep: UPKEEP,
  uses: USES,
};

/** The record that an answer leaves. */
export function record(about: OwnQuestion["about"], body: unknown = ANSWERS[about]): RawRecord {
  const text = typeof body === "string" ? body : canonicalJson(body);
  const params = about === "credentials" || about === "uses" ? { page: 1 } : {};
  const question = { operation: `embedded.${about}`, scope: SOURCE, params };
  return {
    ...question,
    key: questionKey(question),
    connector: "embedded",
    revision: 1,
    store_id: SOURCE,
    caller: "passphrase default",
    requested_at: "2026-09-30T06:00:00.000Z",
    elapsed_ms: 3,
    status: 200,
    media_type: "application/json",
    body_sha256: sha256(text),
    body_bytes: Buffer.byteLength(text),
    redactions: [],
    body: { text },
  };
}
