import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { expect, it } from "vitest";
import { ROOT } from "./process.ts";
import { LIMIT_MS, made } from "./vault-place.ts";

/** More than a pipe holds: once it has drained, the command has opened the vault and reads the credential. */
const VALUE = Buffer.alloc(1_000_000, "x");

it("SIGUSR1 opens no inspector while a credential is read", { timeout: LIMIT_MS }, async () => {
  const place = await made();
  const child = spawn(process.execPath, [`${ROOT}src/cli/main.ts`, "vault", "put", "store/long", "--stdin"], {
    cwd: place.directory,
    stdio: "pipe",
  });
  const [said, printed] = [text(child.stderr), text(child.stdout)];
  if (!child.stdin.write(VALUE)) await once(child.stdin, "drain");
  child.kill("SIGUSR1");
  child.stdin.end();
  const [exit, signal] = (await once(child, "close")) as [number | null, string | null];
  expect([exit, signal]).toEqual([0, null]);
  expect(await said).not.toMatch(/debugger|inspector/i);
  expect(await printed).toContain("Kept store/long");
});
