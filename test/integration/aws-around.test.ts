import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aws } from "../../src/connectors/index.ts";
import type { FactKind } from "../../src/facts/index.ts";
import { collected, stillPorts } from "../collect/run.ts";
import { found } from "../counterparties/availability.ts";
import { ensureMoto, startMoto, type MotoServer } from "../counterparties/moto.ts";
import { BUCKETS, PATTERN, fillAround } from "../estate/aws/around.ts";
import { HOME, OWN_ACCOUNT } from "../estate/aws/terms.ts";

const moto = await ensureMoto();

const SOURCE = "company-aws";
const MOUNT = `${OWN_ACCOUNT}/${HOME}`;
const credentials = { access_key_id: "env:ID", secret_access_key: "env:SECRET" };

describe.skipIf("missing" in moto)("what stands around the secrets in moto", () => {
  const dir = mkdtempSync(join(tmpdir(), "countersign-aws-around-"));
  let server: MotoServer;

  beforeAll(async () => {
    server = await startMoto({ server: found(moto), dir });
  });
  afterAll(async () => {
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  async function collect() {
    const settings = {
      address: "aws",
      endpoint: server.endpoint,
      credentials,
      regions: [HOME],
      exclude: ["iam", "kms", "organizations", "secretsmanager", "ssm"],
    };
    const { facts, errors } = await collected({
      sources: [{ name: SOURCE, connector: "aws", address: "aws", settings }],
      connectors: [aws],
      credentials: { read: () => Promise.resolve("AKIAIOSFODNN7EXAMPL0") },
      ports: stillPorts(),
    });
    expect(errors).toEqual([]);
    const unread = facts.gaps.filter(({ reason }) => reason !== "excluded");
    return { facts, missing: [...new Set(unread.map(({ operation }) => operation))].sort() };
  }

  it("is nothing where nothing was set up, and no gap but for what moto lacks", async () => {
    const { facts, missing } = await collect();
    expect(missing).toEqual(["cloudtrail.data_stores"]);
    for (const kind of ["sink", "sink_reach", "bucket_lock", "certificate_issuer", "watch"] as const) {
      expect(facts.of(kind)).toEqual([]);
    }
    expect(facts.of("network")).toMatchObject([{ default_network: true }]);
  });

  it("is read as it was set up", async () => {
    await fillAround(server.endpoint);
    const { facts, missing } = await collect();
    expect(missing).toEqual(["cloudtrail.data_stores"]);
    const TRAIL = (name: string) => `${SOURCE}:arn:aws:cloudtrail:${HOME}:${OWN_ACCOUNT}:trail/${name}`;
    const BUCKET = (name: string) => `${SOURCE}:arn:aws:s3:::${name}`;
    const [audit, plain] = BUCKETS;
    const expected: Partial<Record<FactKind, object[]>> = {
      sink: [
        { id: TRAIL("all"), destination: audit, every_region: true, validation: true },
        { id: TRAIL("off"), destination: plain, every_region: false, validation: false },
      ],
      sink_reach: [
        { mount: MOUNT, sink: TRAIL("all") },
        { mount: MOUNT, sink: TRAIL("off") },
      ],
      sink_status: [
        { sink: TRAIL("all"), logging: true },
        { sink: TRAIL("off"), logging: false },
      ],
      sink_selection: [
        { management_reads: true, excluded_sources: ["kms.amazonaws.com"], narrowed: false },
        { management_reads: false, management_writes: true, narrowed: false },
      ],
      bucket_public_access: [
        { bucket: BUCKET(audit), block_public_policy: true },
        { bucket: BUCKET(plain), block_public_policy: false },
      ],
      bucket_versioning: [{ enabled: true }, { enabled: false }],
      bucket_encryption: [{ algorithm: "aws:kms", key_id: "alias/logs" }, { bucket: BUCKET(plain) }],
      bucket_lock: [{ enabled: false }, { enabled: false }],
      network_endpoint: [{ service: "secretsmanager", endpoint_type: "Interface", private_dns: true }],
      certificate_issuer: [{ name: "Harbour and Pine root", usage: [] }],
      watch: [
        { watch_type: "alarm", enabled: true, target_count: 1 },
        { watch_type: "event_rule", name: "secrets-read", pattern: PATTERN, target_count: 2 },
        { watch_type: "guardduty", enabled: true },
        { watch_type: "security_hub", enabled: true },
      ],
    };
    for (const [kind, wanted] of Object.entries(expected)) {
      const told = [...facts.of(kind as FactKind)].sort((a, b) => (a.id < b.id ? -1 : 1));
      expect(told, kind).toMatchObject(wanted);
    }
    const policies = facts.of("resource_policy");
    expect(policies.filter(({ text }) => text !== undefined)).toHaveLength(1);
    expect(policies).toHaveLength(3);
    expect(facts.of("resource_labels")).toMatchObject([{ labels: { owner: "payments" } }]);
  });
});
