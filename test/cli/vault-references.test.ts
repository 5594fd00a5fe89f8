import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { place, ran, snapshots } from "./places.ts";
import { PLANTED_TOKEN } from "./recorded-store.ts";

/** Collecting from the recorded estate takes several seconds. */
const LIMIT_MS = 120_000;

/** A configuration whose token lies in the embedded vault, under `name`. */
async function referring(name: string): Promise<string> {
  const directory = await place({
    auth: `{ method: token, token: "vault:${name}" }`,
    more: "embedded_vault: { keys: [{ type: key-file, path: vault.key }] }\n",
  });
  await writeFile(join(directory, "vault.key"), Buffer.alloc(32, 7), { mode: 0o600 });
  return directory;
}

/** No variable gives the token away: what is collected with can only come from the vault. */
const withoutToken = { token: "" };

describe("a vault: reference in countersign.yaml", () => {
  it(
    "is read at the moment of use, and the access log says what for",
    async () => {
      const directory = await referring("store/token");
      const run = async (command: readonly string[], input?: string) =>
        await ran(directory, { ...withoutToken, command }, input === undefined ? {} : { input });
      expect(await run(["vault", "init"])).toMatchObject({ exit: 0, err: "" });
      expect(await run(["vault", "put", "store/token", "--stdin"], PLANTED_TOKEN)).toMatchObject({ exit: 0 });
      const { err } = await run(["collect"]);
      expect(err).toBe("");
      const [manifest] = await snapshots(directory);
      expect(manifest?.sources[0]?.caller).not.toBe("unidentified");
      const log = await run(["vault", "log", "--json"]);
      const { events } = JSON.parse(log.out) as { events: object[] };
      expect(events.at(-1)).toMatchObject({
        operation: "read",
        name: "store/token",
        version: 1,
        purpose: "collect",
        outcome: "done",
      });
      expect(await run(["vault", "fsck"])).toMatchObject({ exit: 0 });
    },
    LIMIT_MS,
  );

  it(
    "to a credential whose blob was altered is told as damage of the vault, not as an outage of the store",
    async () => {
      const directory = await referring("store/token");
      const run = async (command: readonly string[], input?: string) =>
        await ran(directory, { ...withoutToken, command }, input === undefined ? {} : { input });
      await run(["vault", "init"]);
      await run(["vault", "put", "store/token", "--stdin"], PLANTED_TOKEN);
      const blobs = join(directory, ".countersign", "vault", "blob");
      const [blob = ""] = (await readdir(blobs, { recursive: true })).filter((name) =>
        /[0-9a-f]{64}$/.test(name),
      );
      await writeFile(join(blobs, blob), "altered");
      const { exit, out, err } = await run(["collect"]);
      expect(exit).toBe(4);
      expect(err).toMatch(
        /E_INTEGRITY: .*embedded vault is damaged.*vault:store\/token.*\n {2}fix: .*vault fsck/,
      );
      expect(out).not.toMatch(/^ *unavailable: /m);
    },
    LIMIT_MS,
  );

  it(
    "to a name that is not there, or where there is no vault, is told as that",
    async () => {
      const directory = await referring("store/tokn");
      const missing = await ran(directory, withoutToken);
      expect(missing.exit).toBe(2);
      expect(missing.err).toMatch(/expected a vault in .*vault init/s);
      await ran(directory, { ...withoutToken, command: ["vault", "init"] });
      const put = ["vault", "put", "store/token", "--stdin"];
      await ran(directory, { ...withoutToken, command: put }, { input: PLANTED_TOKEN });
      const { exit, err } = await ran(directory, withoutToken);
      expect(exit).toBe(2);
      expect(err).toMatch(/expected a credential called store\/tokn in the vault, got none/);
      expect(err).toMatch(/countersign vault list/);
    },
    LIMIT_MS,
  );
});
