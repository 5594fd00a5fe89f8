import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, vi } from "vitest";

vi.mock("node:os", async (original) => ({
  ...(await original<typeof import("node:os")>()),
  // As where /etc/passwd does not name who runs the process.
  userInfo: () => {
    throw Object.assign(new Error("uv_os_get_passwd returned ENOENT"), { code: "ERR_SYSTEM_ERROR" });
  },
}));

it("who has no name on this machine stands in the access log by number", async () => {
  const { vaultSite } = await import("../../src/cli/embedded-vault.ts");
  const { processEnvironment } = await import("../../src/cli/environment.ts");
  const cwd = await mkdtemp(join(tmpdir(), "countersign-actor-"));
  const environment = { ...processEnvironment(new AbortController().signal), cwd };
  const { terms } = await vaultSite(environment, {});
  expect(terms.actor).toMatch(/^uid-\d+@./);
});
