import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root, store } from "./places.ts";
import { countersign } from "./process.ts";
import { PLANTED_TOKEN } from "./recorded-store.ts";

/** Commands that put a few of the connector's questions alone: what they leave out is no silence of the store's. */
const env = { VAULT_TOKEN: PLANTED_TOKEN };

it("init --discover prints the policy of a store with many mounts and methods", async () => {
  const { exit, out, err } = await countersign(["init", "--discover", "--address", store.address], {
    cwd: root,
    env,
  });
  expect({ exit, err }).toMatchObject({ exit: 0 });
  expect(out).toContain('path "warehouse/metadata/*"');
});

it("doctor finds such a store in order", async () => {
  const config = join(root, "doctor.yaml");
  await writeFile(
    config,
    `version: 1\nsources:\n  vault-production:\n    connector: hashicorp\n    address: ${store.address}\n`,
  );
  const { out } = await countersign(["doctor", "-c", config], { cwd: root, env });
  expect(out).toMatch(/^ok +[^\n]*vault-production[^\n]*secrets engines listed/m);
});
