import { access, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { vaultSite } from "../../src/cli/embedded-vault.ts";
import { processEnvironment } from "../../src/cli/environment.ts";

const directory = await mkdtemp(join(tmpdir(), "countersign-clock-"));
afterAll(() => rm(directory, { recursive: true, force: true }));

it("a clock before 1970 is refused before anything of a vault is written", async () => {
  const environment = processEnvironment(new AbortController().signal);
  const clock = { now: () => new Date(-1) };
  const wrong = { ...environment, cwd: directory, ports: { ...environment.ports, clock } };
  await expect(vaultSite(wrong, {})).rejects.toMatchObject({ code: "E_CLOCK" });
  await expect(access(join(directory, ".countersign"))).rejects.toMatchObject({ code: "ENOENT" });
  await vaultSite({ ...wrong, ports: { ...wrong.ports, clock: { now: () => new Date(0) } } }, {});
});
