import { mkdtemp, mkdir, readFile, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { writeFileAtomically } from "../../src/base/index.ts";
import { finishReport, keepLastComplete, replaceReport } from "../../src/render/replace.ts";

/** How many more calls that change the disk are let through: then the process is as good as killed. */
const life = vi.hoisted(() => ({ left: Infinity, links: true }));

vi.mock("node:fs/promises", async (original) => {
  const real = await original<Record<string, (...args: unknown[]) => Promise<unknown>>>();
  const changing = (name: string) =>
    [
      name,
      async (...args: unknown[]) => {
        if (name === "open" && args[1] === "r") return await real[name]!(...args);
        if (name === "link" && !life.links) throw Object.assign(new Error("no links"), { code: "EPERM" });
        if (life.left <= 0) throw new Error("killed");
        life.left -= 1;
        return await real[name]!(...args);
      },
    ] as const;
  return {
    ...real,
    ...Object.fromEntries(["copyFile", "link", "mkdir", "open", "rename", "rm", "rmdir"].map(changing)),
  };
});

const root = await mkdtemp(join(tmpdir(), "countersign-replace-"));
afterEach(() => Object.assign(life, { left: Infinity, links: true }));
afterAll(() => rm(root, { recursive: true, force: true }));

const NOW = Date.parse("2026-09-30T06:00:00Z");
const CLOCK = { now: () => new Date(NOW) };
const OLD = ["MANIFEST.sha256", "evidence-report.pdf", "past-findings.csv", "parts/gaps.ndjson.zst"];
const NEW = ["MANIFEST.sha256", "evidence-report.pdf", "findings.csv", "parts/grants.ndjson.zst"];
const FOREIGN = ["notes.txt", "parts/mine.ndjson.zst", "archive/evidence-report.pdf"];

async function write(directory: string, label: string, names: readonly string[]): Promise<void> {
  for (const name of names) await writeFileAtomically(join(directory, name), label);
}

/** What stands below a directory, hidden directories aside: name → content. */
async function content(directory: string): Promise<Record<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .filter((name) => !name.startsWith("."))
    .sort();
  return Object.fromEntries(
    await Promise.all(
      names.map(async (name) => [name, await readFile(join(directory, name), "utf8")] as const),
    ),
  );
}

const all = (label: string, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, label]));

let places = 0;
async function place(): Promise<string> {
  const out = join(root, String((places += 1)));
  await write(out, "old", OLD);
  await write(out, "mine", FOREIGN);
  return out;
}

const replace = (out: string): Promise<void> =>
  replaceReport(out, CLOCK, async (directory) => await write(directory, "new", NEW));

describe("a report that takes the place of another", () => {
  it.each([true, false])(
    "is there whole, or the other is, whenever the process dies (links: %s)",
    async (links) => {
      let died = 0;
      for (let calls = 0; ; calls += 1) {
        const out = await place();
        Object.assign(life, { left: calls, links });
        const ended = await replace(out).then(
          () => true,
          () => false,
        );
        life.left = Infinity;
        const { "notes.txt": notes, ...rest } = await content(out);
        expect(notes).toBe("mine");
        const labels = new Set(Object.values(rest));
        expect(labels.has("old") && labels.has("new"), `a mixture after ${calls} calls`).toBe(false);
        const stands = { ...all("old", OLD), ...all("mine", FOREIGN) };
        const pending = await content(join(out, ".countersign-report"));
        if (Object.keys(pending).length > 0) expect(pending).toEqual(all("new", NEW));
        else
          expect([stands, { ...all("new", NEW), ...all("mine", FOREIGN) }]).toContainEqual(
            await content(out),
          );

        await finishReport(out, CLOCK);
        expect([stands, { ...all("new", NEW), ...all("mine", FOREIGN) }]).toContainEqual(await content(out));
        await replace(out);
        expect(await content(out)).toEqual({ ...all("new", NEW), ...all("mine", FOREIGN) });
        if (ended) break;
        died += 1;
      }
      expect(died).toBeGreaterThan(20);
    },
  );

  it.each([true, false])(
    "keeps a complete one that it is not, whole wherever it stands, whenever the process dies (links: %s)",
    async (links) => {
      const head = (more: object): string => JSON.stringify({ as_of: "2026-09-30T06:00:00Z", ...more });
      const old = { ...all("old", OLD), "evidence-package.json": head({}) };
      const fresh = { ...all("new", NEW), "evidence-package.json": head({ incomplete: { causes: [] } }) };
      const beside = Object.fromEntries(
        Object.entries(old).map(([name, text]) => [`last-complete/${name}`, text]),
      );
      const incomplete = async (out: string) =>
        await replaceReport(out, CLOCK, async (directory) => {
          for (const [name, text] of Object.entries(fresh))
            await writeFileAtomically(join(directory, name), text);
          return await keepLastComplete(out, directory);
        });
      for (let calls = 0, ended = false; !ended; calls += 1) {
        const out = await place();
        await writeFile(join(out, "evidence-package.json"), head({}));
        Object.assign(life, { left: calls, links });
        ended = await incomplete(out).then(
          () => true,
          () => false,
        );
        life.left = Infinity;
        const stands = await content(out);
        const pending = await content(join(out, ".countersign-report"));
        const mine = all("mine", FOREIGN);
        if (Object.keys(pending).length > 0) expect(pending).toEqual({ ...fresh, ...beside });
        else
          expect([
            { ...old, ...mine },
            { ...fresh, ...beside, ...mine },
          ]).toContainEqual(stands);
        await finishReport(out, CLOCK);
        expect([
          { ...old, ...mine },
          { ...fresh, ...beside, ...mine },
        ]).toContainEqual(await content(out));
        if (!ended) continue;
        // A second incomplete one keeps what is kept; a complete one takes it away.
        expect(await incomplete(out)).toEqual({ as_of: "2026-09-30T06:00:00Z" });
        expect(await content(out)).toEqual({ ...fresh, ...beside, ...mine });
        await replace(out);
        expect(await content(out)).toEqual({ ...all("new", NEW), ...mine });
        expect(await readdir(out)).not.toContain("last-complete");
      }
    },
  );

  it("is not there where writing it fails, and nothing is left of the attempt", async () => {
    const out = await place();
    const failing = (directory: string): Promise<void> =>
      replaceReport(directory, CLOCK, async (staged) => {
        await write(staged, "new", NEW.slice(1));
        throw new Error("no more");
      });
    await expect(failing(out)).rejects.toThrow("no more");
    expect(await content(out)).toEqual({ ...all("old", OLD), ...all("mine", FOREIGN) });
    expect((await readdir(out)).filter((name) => name.startsWith("."))).toEqual([]);
    const fresh = join(root, "fresh");
    await expect(failing(fresh)).rejects.toThrow("no more");
    expect(await readdir(root)).not.toContain("fresh");
  });

  it("says beforehand that a directory is in the way", async () => {
    const out = join(root, "in-the-way");
    await mkdir(join(out, "findings.csv"), { recursive: true });
    await write(out, "old", ["MANIFEST.sha256"]);
    const asked = vi.fn();
    await expect(replaceReport(out, CLOCK, asked)).rejects.toMatchObject({ code: "E_DISK" });
    expect(asked).not.toHaveBeenCalled();
    expect(await content(out)).toEqual({ "MANIFEST.sha256": "old" });
  });

  it("removes what killed processes left, and nothing of another's", async () => {
    const out = await place();
    const unfinished = ["parts/.gaps.ndjson.zst.0123456789ab.tmp", ".findings.csv.ba9876543210.tmp"];
    const kept = ["parts/.mine.ndjson.zst.0123456789ab.tmp", ".notes.txt.0123456789ab.tmp"];
    const [tried, trying] = ["1.old", "2.young"].map((name) => `.countersign-report.lock.${name}`);
    for (const name of [...unfinished, ...kept, tried!, trying!]) await writeFile(join(out, name), "x");
    await utimes(join(out, tried!), new Date(NOW), new Date(NOW - 25 * 3600 * 1000));
    await utimes(join(out, trying!), new Date(NOW), new Date(NOW - 3600 * 1000));
    for (const name of [".countersign-report-0123456789ab.tmp", ".countersign-report-mine"]) {
      await writeFile(join(await made(join(out, name)), "part"), "x");
    }
    await replace(out);
    const names = [
      ...(await readdir(out)),
      ...(await readdir(join(out, "parts"))).map((name) => `parts/${name}`),
    ];
    expect(names.filter((name) => /(^|\/)\./.test(name)).sort()).toEqual(
      [...kept, trying!, ".countersign-report-mine"].sort(),
    );
  });

  it("keeps a second one out, whole or not, and lets the next one in", async () => {
    const out = await place();
    const refused = { code: "E_STATE_LOCKED", exit: 5, message: expect.stringContaining(out) as unknown };
    await replaceReport(out, CLOCK, async (directory) => {
      await expect(replace(out)).rejects.toMatchObject(refused);
      await made(join(out, ".countersign-report"));
      await expect(finishReport(out, CLOCK)).rejects.toMatchObject(refused);
      await rm(join(out, ".countersign-report"), { recursive: true });
      await write(directory, "new", NEW);
    });
    expect(await content(out)).toEqual({ ...all("new", NEW), ...all("mine", FOREIGN) });
    await replace(out);
    expect((await readdir(out)).filter((name) => name.startsWith("."))).toEqual([]);
  });
});

async function made(directory: string): Promise<string> {
  await mkdir(directory);
  return directory;
}
