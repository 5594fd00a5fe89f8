import { rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { countersign } from "./process.ts";
import { LIMIT_MS, keyFile, made, type Summary } from "./vault-place.ts";

describe("countersign vault doctor", () => {
  it(
    "asks for the pin of the newest root key, since an older one was known to whoever held an older key",
    async () => {
      const place = await made();
      const advice = async (): Promise<string> => (await place.vault(["doctor"])).out;
      expect(await advice()).toMatch(/warning +pin: none/);
      const { fingerprint } = await place.json<Summary>(["list"]);
      await place.pin(`"${fingerprint}"`, keyFile("main"));
      expect(await advice()).toMatch(/ok +pin:/);
      const rewrap = await place.vault(["rewrap"]);
      const { fingerprint: newest } = await place.json<Summary>(["list"]);
      expect(rewrap.out).toContain(`${newest}: set embedded_vault.fingerprint to it`);
      expect(await advice()).toMatch(new RegExp(`warning +pin: an earlier.*\\n.*${newest}`));
      await place.pin(`"${newest}"`, keyFile("main"));
      expect(await advice()).toMatch(/ok +pin:/);
    },
    LIMIT_MS,
  );

  it(
    "is part of the doctor of everything",
    async () => {
      const place = await made();
      const checks = async (): Promise<unknown> => {
        const { out } = await countersign(["doctor", "--json"], { cwd: place.directory, env: place.env });
        return (JSON.parse(out) as { checks: { name: string }[] }).checks.filter(({ name }) =>
          name.startsWith("embedded vault"),
        );
      };
      expect(await checks()).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ name: "embedded vault, slots", status: "warning" }),
          expect.objectContaining({ name: "embedded vault, backup", status: "warning", detail: "never" }),
          expect.objectContaining({ name: "embedded vault, credentials", status: "ok" }),
        ]),
      );
      await rm(join(place.directory, "main.key"));
      expect(await checks()).toEqual([
        expect.objectContaining({ name: "embedded vault", status: "failed", exit: 2 }),
      ]);
      await rm(place.state, { recursive: true });
      expect(await checks()).toEqual([
        expect.objectContaining({ name: "embedded vault", status: "warning", fix: "countersign vault init" }),
      ]);
    },
    LIMIT_MS,
  );
});
