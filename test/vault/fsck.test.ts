import { describe, expect, it } from "vitest";
import { sortedBy } from "../../src/base/index.ts";
import { Vault } from "../../src/vault/index.ts";
import { FakeDisk } from "./fake-file-system.ts";
import { checked, daily, lineOf, madeOn, secretOf, testKey } from "./place.ts";

/** A vault with a past: twelve generations, two epochs, several versions, a removed name, two sessions. */
async function grown() {
  const disk = new FakeDisk();
  const { terms, vault } = await madeOn(disk);
  for (const name of ["a", "b", "c/d"]) await vault.put(name, secretOf(`value of ${name}`));
  await vault.put("a", secretOf("second value of a"));
  await vault.remove("b");
  await vault.addSlot(daily("second"));
  await vault.rotateRoot([daily("main"), daily("second")]);
  for (let n = 0; n < 4; n += 1) await vault.rekey("c/d");
  await vault.close();
  const again = await Vault.open(terms);
  (await again.read("a", "test"))[Symbol.dispose]();
  await again.close();
  return { disk, terms };
}

describe("fsck", () => {
  it("finds nothing but orphans in a vault that was used as intended, and counts what it looked at", async () => {
    const { terms } = await grown();
    const { findings, counts } = await checked(terms);
    expect([...new Set(findings.map(({ code }) => code))]).toEqual(["orphan"]);
    expect(counts).toMatchObject({ generations: 8, entries: 2, blobs: 3, access_logs: 2 });
    expect(counts.events).toBeGreaterThan(10);
    expect(counts.leaves).toBeGreaterThan(12);
    expect(counts.anchors).toBeGreaterThan(2);
  });

  it("tells everything that is wrong, each by its own words", async () => {
    const { disk, terms } = await grown();
    const before = disk.paths();
    const all = (part: string): string[] => disk.paths().filter((path) => path.includes(part));
    const { findings: known } = await checked(terms);
    const orphans = new Set(known.map(({ path }) => path));
    const [blob] = all("/blob/").filter((path) => !orphans.has(path));
    const generations = all("/gen/");
    const [log, other] = all("/log/");
    disk.delete(blob!);
    disk.delete(generations[2]!);
    disk.setFile(generations[4]!, Buffer.from("EVG1"));
    disk.setFile(other!, disk.bytesOf(other!).subarray(0, -100));
    disk.delete(log!);
    disk.setFile("/state/vault/gen/backup", Buffer.from("x"));
    disk.setFile("/state/vault/gen/.0123456789abcdef.tmp", Buffer.from("x"));
    disk.setFile("/state/vault/blob/ab/other", Buffer.from("x"));
    disk.setFile("/state/vault/notes.txt", Buffer.from("x"));
    disk.setMode(generations[5]!, 0o644);
    disk.setOther("/state/anchor/000000000099");
    const { findings } = await checked(terms);
    const lines = findings.filter(({ path }) => !orphans.has(path)).map(lineOf);
    expect(lines.map((line) => line.split(":")[0])).toEqual(
      sortedBy(
        [
          "altered /state/anchor",
          "foreign /state/anchor/000000000099",
          "foreign /state/vault/blob/ab/other",
          `altered ${blob!}`,
          "leftover /state/vault/gen/.0123456789abcdef.tmp",
          `missing ${generations[2]!}`,
          `altered ${generations[4]!}`,
          `exposed ${generations[5]!}`,
          "foreign /state/vault/gen/backup",
          `missing ${log!}`,
          `altered ${other!}`,
          `torn ${other!}`,
          "foreign /state/vault/notes.txt",
        ],
        (line) => line.split(" ")[1]!,
      ),
    );
    expect(disk.paths().filter((path) => before.includes(path))).toHaveLength(before.length - 3);
  });

  it("does not call a vault clean that it could not open", async () => {
    const { terms } = await grown();
    const { findings } = await checked({ ...terms, providers: [testKey("another")] });
    expect(findings.filter(({ severity }) => severity === "error").map(({ code }) => code)).toEqual([
      "locked",
    ]);
  });

  it("writes nothing", async () => {
    const { disk, terms } = await grown();
    const changes: string[] = [];
    disk.afterChange = ({ kind, path }) => changes.push(`${kind} ${path}`);
    await checked(terms);
    expect(changes).toEqual([]);
  });
});
