import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readNodeFiles } from "../../../src/connectors/hashicorp/node-files.ts";
import { nodeSettingsOf } from "../../../src/hashicorp/index.ts";
import { hashicorp } from "../../../src/connectors/index.ts";
import { isGap, type Fact, type Gap } from "../../../src/facts/index.ts";
import { plainIo } from "./plain-io.ts";
import { recordWith } from "./replays.ts";

const HCL = `
storage "raft" { path = "/var/lib/vault" node_id = "node-2" }
seal "awskms" { secret_key = "never-kept" }
listener "tcp" {
  address       = "0.0.0.0:8200"
  tls_cert_file = "/etc/vault/tls.crt"
  tls_min_version = "tls13"
  telemetry { unauthenticated_metrics_access = true }
}
listener "tcp" { address = "127.0.0.1:8202" tls_disable = 1 }
`;

describe("a server's configuration file", () => {
  it("tells its listeners and raw storage, and nothing else of it is kept", () => {
    const settings = nodeSettingsOf("vault.hcl", HCL);
    expect(settings.listeners).toEqual([
      {
        type: "tcp",
        config: {
          address: "0.0.0.0:8200",
          tls_cert_file: "/etc/vault/tls.crt",
          tls_min_version: "tls13",
          telemetry: [{ unauthenticated_metrics_access: true }],
        },
      },
      { type: "tcp", config: { address: "127.0.0.1:8202", tls_disable: 1 } },
    ]);
    expect(JSON.stringify(settings)).not.toContain("never-kept");
  });

  it.each([
    ["a list of blocks", `{"listener": [{"tcp": {"address": "a:1"}}, {"unix": {"address": "/run/b"}}]}`],
    ["a list below the type", `{"listener": {"tcp": [{"address": "a:1"}], "unix": [{"address": "/run/b"}]}}`],
    ["HCL", `listener { tcp = { address = "a:1" } }\nlistener "unix" { address = "/run/b" }`],
  ])("may have them as %s", (_form, text) => {
    expect(nodeSettingsOf("vault.json", text).listeners).toEqual([
      { type: "tcp", config: { address: "a:1" } },
      { type: "unix", config: { address: "/run/b" } },
    ]);
  });

  it("is none without a listener", () => {
    expect(() => nodeSettingsOf("vault.hcl", "ui = true")).toThrow(/got one without a listener/);
  });
});

describe("the configuration files of nodes", () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), "countersign-nodes-"));
    writeFileSync(join(dir, "node-2.hcl"), HCL);
    writeFileSync(join(dir, "broken.hcl"), 'secret_key = "never-told" }');
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  const read = async (files: Record<string, string>): Promise<(Fact | Gap)[]> => {
    const found: (Fact | Gap)[] = [];
    for await (const outcome of readNodeFiles(files, "payments-vault", plainIo()))
      found.push(...(isGap(outcome) ? [outcome] : hashicorp.normalise(outcome)));
    return found;
  };

  it("become endpoints of these nodes", async () => {
    expect(await read({ "node-2": join(dir, "node-2.hcl") })).toMatchObject([
      {
        kind: "endpoint",
        id: "payments-vault:sys/node/node-2/listener/0",
        tls: true,
        tls_min_version: "tls13",
        unauthenticated_metrics: true,
      },
      { kind: "endpoint", id: "payments-vault:sys/node/node-2/listener/1", tls: false },
      {
        kind: "node_config",
        id: "payments-vault:sys/node/node-2/config",
        node: "node-2",
        raw_storage_enabled: false,
      },
    ]);
  });

  it.each([
    ["raw_storage_endpoint = true", true],
    ["RAW_STORAGE_ENDPOINT = 1", true],
    ['raw_storage_endpoint = "T"', true],
    ['raw_storage_endpoint = "false"', false],
  ])("tell whether the raw storage is open: %s", async (line, on) => {
    const file = join(dir, "raw.hcl");
    writeFileSync(file, `${HCL}${line}\n`);
    const found = await read({ "node-2": file });
    expect(found.at(-1)).toMatchObject({ kind: "node_config", node: "node-2", raw_storage_enabled: on });
  });

  it.each([
    ["a word that the server does not know", 'raw_storage_endpoint = "perhaps"'],
    ["a list", "raw_storage_endpoint = [true]"],
  ])("tell nothing of the raw storage by %s", async (_what, line) => {
    const file = join(dir, "odd.hcl");
    writeFileSync(file, `${HCL}${line}\n`);
    const found = await read({ "node-2": file });
    expect(found.map((one) => ("hides" in one ? one.hides : one.kind))).toEqual([
      "endpoint",
      "endpoint",
      ["node_config"],
    ]);
  });

  it("that were kept before the raw storage was read from them leave it unknown", () => {
    const listeners = [{ type: "unix", config: { address: "/run/vault" } }];
    const data = { node: "node-2", file_sha256: "0".repeat(64), listeners };
    const record = recordWith({ operation: "server.node_file", params: { name: "node-2" } }, { data });
    expect(hashicorp.normalise(record)).toMatchObject([{ kind: "endpoint" }, { hides: ["node_config"] }]);
  });

  it("are gaps where they cannot be read, without a word of their text", async () => {
    const gaps = await read({ broken: join(dir, "broken.hcl"), gone: join(dir, "gone.hcl") });
    expect(gaps).toMatchObject([
      {
        reason: "malformed",
        hides: ["endpoint", "node_config"],
        resource: "payments-vault:sys/node/broken/",
      },
      {
        reason: "unavailable",
        hides: ["endpoint", "node_config"],
        resource: "payments-vault:sys/node/gone/",
      },
    ]);
    expect(JSON.stringify(gaps)).not.toContain("never-told");
  });
});
