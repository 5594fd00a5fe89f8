import { describe, expect, it } from "vitest";
import { CountersignError, sortedBy } from "../../src/base/index.ts";
import {
  AnchorFiles,
  Vault,
  accessLogNames,
  readAccessLog,
  type KekProvider,
} from "../../src/vault/index.ts";
import { FakeDisk } from "./fake-file-system.ts";
import { checked, daily, errorsOf, lineOf, madeOn, secretOf, testKey, textOf } from "./place.ts";

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
          "untold /state/vault/log",
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

  it("checks without a key what needs none, and blames no file for a key that cannot be read", async () => {
    const { disk, terms } = await grown();
    const [blob] = disk.paths().filter((path) => path.includes("/blob/"));
    const unread: KekProvider = {
      ...testKey("main"),
      unwrap: () => Promise.reject(new CountersignError("E_NOT_FOUND", "expected a key file, got none")),
    };
    const errors = async () => {
      const { findings } = await checked({ ...terms, providers: [unread] });
      return findings.filter(({ severity }) => severity === "error").map(({ code, path }) => [code, path]);
    };
    const locked = ["locked", disk.paths().findLast((path) => path.includes("/gen/"))];
    expect(await errors()).toEqual([locked]);
    const bytes = disk.bytesOf(blob!);
    bytes[100]! ^= 1;
    disk.setFile(blob!, bytes);
    expect(await errors()).toEqual([["altered", blob], locked]);
  });

  it("is ended, not filled, where a person ends the question for a key", async () => {
    const { terms } = await grown();
    const ended: KekProvider = {
      ...testKey("main"),
      unwrap: () => Promise.reject(new CountersignError("E_INTERRUPTED", "interrupted")),
    };
    const checking = checked({ ...terms, providers: [ended] });
    await expect(checking).rejects.toMatchObject({ code: "E_INTERRUPTED" });
  });

  it("says that a restore was declared, and what it did not bring back, and calls none of that damage", async () => {
    const { disk, terms } = await grown();
    const earlier = disk.copy();
    const vault = await Vault.open(terms);
    await vault.put("a", secretOf("third value of a"));
    await vault.close();
    const logs = disk.paths().filter((path) => path.includes("/log/"));
    disk.restore(earlier, "/state/vault");
    expect((await errorsOf(terms)).length).toBeGreaterThan(0);
    await (await Vault.adopt(terms, vault.summary().fingerprint)).close();
    expect(await errorsOf(terms)).toEqual([]);
    const { findings } = await checked(terms);
    const told = findings.filter(({ code }) => code !== "orphan");
    expect(told.map(({ severity, code, path }) => [severity, code, path])).toEqual([
      ["notice", "adopted", "/state/leaves"],
      ["warning", "lost", logs.at(-1)],
    ]);
    // What goes missing after that is damage again.
    const again = await Vault.open(terms);
    await again.put("b", secretOf("1"));
    await again.close();
    disk.delete(disk.paths().findLast((path) => path.includes("/log/"))!);
    expect(await errorsOf(terms)).toEqual([expect.stringContaining("missing /state/vault/log/")]);
  });

  it("does not call the anchors of another vault, which was given up, damage of this one", async () => {
    const { disk, terms } = await grown();
    const theirs = await grown();
    const moved = await Vault.open(theirs.terms);
    await moved.close();
    const { fingerprint } = moved.summary();
    disk.restore(theirs.disk, "/state/vault");
    await expect(Vault.open(terms)).rejects.toMatchObject({ code: "E_INTEGRITY" });
    await (await Vault.adopt(terms, fingerprint)).close();
    await (await Vault.open(terms)).close();
    expect(await errorsOf(terms)).toEqual([]);
  });

  it("misses a ledger that was taken away, also after another was begun in its place", async () => {
    const { disk, terms } = await grown();
    const taken = disk.paths().filter((path) => /\/(leaves|ledger|log)\//.test(path));
    for (const path of taken) disk.delete(path);
    const missing = [expect.stringContaining("missing /state/leaves: ")];
    expect(await errorsOf(terms)).toEqual(missing);
    await expect(Vault.open(terms)).rejects.toMatchObject({ code: "E_ROLLBACK" });
    // Whoever writes to the anchor as well can make it know the new ledger.
    const [anchor, ledger] = terms.anchors;
    await ledger!.advance((await anchor!.latest())!);
    await anchor!.ledgerHeads!.advance((await terms.ledger.head())!);
    expect(await errorsOf(terms)).toEqual(missing);
    const { fingerprint } = (await Vault.open(terms)).summary();
    await (await Vault.adopt(terms, fingerprint)).close();
    expect(await errorsOf(terms)).toEqual([]);
    expect((await checked(terms)).findings.map(({ code }) => code)).toContain("adopted");
  });

  it("tells of a ledger's newest leaf that was cut off together with the access log of which it told", async () => {
    const { disk, terms } = await grown();
    const before = new Set(disk.paths());
    const reader = await Vault.open(terms);
    await textOf(reader, reader.summary().entries[0]!.name);
    await reader.close();
    const told = disk.paths().filter((path) => !before.has(path) && /\/(leaves|log)\//.test(path));
    expect(told).toHaveLength(2);
    for (const path of told) disk.delete(path);
    expect(await errorsOf(terms)).toEqual([expect.stringMatching("^rolled_back /state/leaves: ")]);
    await expect(Vault.open(terms)).rejects.toMatchObject({ code: "E_ROLLBACK" });
    // Written anew it is another one.
    await terms.ledger.append("access-head", {
      vault_id: reader.summary().vault_id,
      log: "another",
      events: 1,
      sha256: "0",
    });
    await expect(Vault.open(terms)).rejects.toMatchObject({ code: "E_ROLLBACK" });
    await (await Vault.adopt(terms, reader.summary().fingerprint)).close();
    await (await Vault.open(terms)).close();
  });

  it("misses an anchor that was taken away; a person lets it begin anew, and the access log has it", async () => {
    const { disk, terms } = await grown();
    const { fingerprint } = (await Vault.open(terms)).summary();
    const further = new AnchorFiles("/further", disk.files, terms.clock);
    const both = { ...terms, anchors: [...terms.anchors, further] };
    await expect(Vault.open(both)).rejects.toMatchObject({ code: "E_ROLLBACK" });
    expect(disk.paths().filter((path) => path.startsWith("/further"))).toEqual([]);
    expect(await errorsOf(both)).toEqual([expect.stringMatching("^missing /further: ")]);
    for (const other of ["/state/anchor", "/state/leaves", "/elsewhere"])
      await expect(Vault.begin(both, other)).rejects.toMatchObject({ code: "E_INPUT" });
    await (await Vault.begin(both, "/further")).close();
    expect(await errorsOf(both)).toEqual([]);
    const events: object[] = [];
    for (const name of await accessLogNames("/state/vault/log", disk.files))
      events.push(...(await readAccessLog("/state/vault/log", name, disk.files)).events);
    expect(events).toContainEqual(
      expect.objectContaining({ purpose: "begin the anchor /further", outcome: "done" }),
    );
    expect((await Vault.open(both)).summary().fingerprint).toBe(fingerprint);
  });

  it("tells of a change whose writer died between commit and event, and of no other", async () => {
    const { disk, terms } = await grown();
    const vault = await Vault.open(terms);
    await vault.put("a", secretOf("told"));
    disk.interfere = ({ kind, path }) => {
      if (path.startsWith("/state/vault/log/") && kind !== "list") throw new Error("killed");
      return undefined;
    };
    const { generation } = vault.summary();
    await expect(vault.put("a", secretOf("untold"))).rejects.toThrow("killed");
    disk.interfere = () => undefined;
    const next = await Vault.open(terms);
    await next.put("a", secretOf("told again"));
    await next.close();
    const { findings } = await checked(terms);
    const untold = findings.filter(({ code }) => code === "untold");
    expect(untold).toMatchObject([{ severity: "warning", path: "/state/vault/log" }]);
    expect(untold[0]?.message).toContain(`got none of generation ${generation + 1}: `);
  });

  it.each([
    ["/state/vault", "list"],
    ["/state/vault", "status"],
    ["/state/vault/gen", "list"],
    ["/state/vault/log", "list"],
    ["/state/vault/log", "status"],
    ["/state/vault/blob", "list"],
    ["/state/vault/blob", "status"],
    ["/state/anchor", "list"],
    ["/state/anchor/ledger", "list"],
    ["/state/leaves", "list"],
    ["/state/leaves", "status"],
  ] as const)("does not call damaged what is in %s, which it may not %s", async (directory, kind) => {
    const { disk, terms } = await grown();
    disk.interfere = ({ kind: wanted, path }) => {
      const below = path.startsWith(`${directory}/`);
      // Without the right to read, names are hidden; without the right to search, all that bears them.
      if (kind === "list" ? (path === directory && wanted === "list") || below : below)
        throw Object.assign(new Error("EACCES"), { code: "EACCES" });
      return undefined;
    };
    const { findings } = await checked(terms);
    const errors = findings.filter(({ severity }) => severity === "error");
    expect(errors.map(({ code, path }) => [code, path])).toEqual([["unreadable", directory]]);
  });

  it("tells who else could read, alter or replace something", async () => {
    const { disk, terms } = await grown();
    const [blob] = disk.paths().filter((path) => path.includes("/blob/"));
    disk.setOwner(blob!, 1001);
    const exposed = async (): Promise<string[]> =>
      (await checked(terms)).findings.filter(({ code }) => code === "exposed").map(lineOf);
    expect(await exposed()).toEqual([
      expect.stringMatching(`^exposed ${blob!}: .*\\(0\\), got another \\(1001\\)$`),
    ]);
    disk.setOwner(blob!, 0);
    disk.setMode("/state", 0o770);
    expect(await exposed()).toEqual([expect.stringMatching("^exposed /state: .* got mode 770$")]);
    for (const harmless of [0o755, 0o1777]) {
      disk.setMode("/state", harmless);
      expect(await exposed()).toEqual([]);
    }
  });

  it("writes nothing", async () => {
    const { disk, terms } = await grown();
    const changes: string[] = [];
    disk.afterChange = ({ kind, path }) => changes.push(`${kind} ${path}`);
    await checked(terms);
    expect(changes).toEqual([]);
  });
});
