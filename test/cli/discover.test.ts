import { readFile, writeFile } from "node:fs/promises";
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

it("init --discover tells what is wrong with the connection, not with the token", async () => {
  const address = store.address.replace("http:", "https:");
  const { exit, err } = await countersign(["init", "--discover", "--address", address], { cwd: root, env });
  expect(exit).toBe(3);
  expect(err).toContain("fix: Turn TLS on; for a server on this host");
  expect(err).not.toContain("Use a token");
});

it("nothing goes to another host over http that was not allowed to, wherever the address stands", async () => {
  const far = "http://vault.invalid:8200";
  const config = join(root, "clear.yaml");
  const source = "version: 1\nsources:\n  far:\n    connector: hashicorp\n";
  const refusal = `expected an https address of another host, got ${far}`;
  const ran = async (args: string[], own: Record<string, string> = {}) =>
    await countersign(args, { cwd: root, env: { ...env, ...own } });
  await writeFile(config, `${source}    address: ${far}\n`);
  for (const { exit, err } of [
    await ran(["collect", "-c", config]),
    await ran(["init", "--discover", "--address", far]),
    await ran(["init", "--discover"], { VAULT_ADDR: far }),
  ]) {
    expect(exit).toBe(2);
    expect(err).toContain(refusal);
  }
  await writeFile(config, source);
  expect((await ran(["collect", "-c", config], { VAULT_ADDR: far })).err).toContain(refusal);
});

it("over http that is allowed, what was read says so", async () => {
  const far = "http://vault.invalid:8200";
  const config = join(root, "allowed.yaml");
  const made = await countersign(["init", "-c", config, "--insecure-http", "--address", far], {
    cwd: root,
    env,
  });
  expect(made.exit).toBe(0);
  expect(await readFile(config, "utf8")).toMatch(/\n {4}insecure_http: true /);
  const { out } = await countersign(["collect", "-c", config], { cwd: root, env });
  expect(out).toContain(`main-vault: read over http from ${far}`);
});

it("init writes the authority that the environment names", async () => {
  const config = join(root, "trusting.yaml");
  const { exit } = await countersign(["init", "-c", config], {
    cwd: root,
    env: { VAULT_CACERT: "private-ca.pem" },
  });
  expect(exit).toBe(0);
  expect(await readFile(config, "utf8")).toContain(
    `\n    ca_cert_file: ${JSON.stringify(join(root, "private-ca.pem"))}\n`,
  );
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
