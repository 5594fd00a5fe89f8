import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { sha256 } from "../../src/base/index.ts";
import { ReportRoom } from "../../src/cli/report-room.ts";
import type { ReportEnd, ReportJob } from "../../src/cli/report-process.ts";
import { WHO, review, reviewPlace, saidJson } from "./review-place.ts";

const auditor = { who: WHO.auditor, roles: ["auditor"] } as const;
const reviewer = { who: "rita@example.com", roles: ["reviewer"] } as const;
const clock = { now: () => new Date("2026-10-12T09:00:00.000Z") };

/** A room whose evidence the test makes. */
async function room(make: (job: ReportJob) => Promise<ReportEnd>) {
  const directory = join(await mkdtemp(join(tmpdir(), "countersign-room-")), "evidence");
  const world = { state: "1", stop: new AbortController() };
  const open = () =>
    ReportRoom.open({
      directory,
      stateNow: () => Promise.resolve(world.state),
      clock,
      signal: world.stop.signal,
      make,
    });
  return { directory, world, open, here: await open() };
}

async function written({ options: { out } }: ReportJob, text = "evidence\n"): Promise<ReportEnd> {
  await mkdir(out);
  await writeFile(join(out, "items.csv"), text);
  return { files: [{ file: "items.csv", sha256: sha256(text) }] };
}

describe("the room in which a server has evidence made", () => {
  it("makes it once as long as nothing happens, and says where something did since", async () => {
    let made = 0;
    const { here, world, directory } = await room(async (job) => {
      made += 1;
      return await written(job, `made ${made}\n`);
    });
    for (let at = 0; at < 3; at += 1) {
      await here.make(auditor, "one");
      await here.idle();
    }
    expect(made).toBe(1);
    expect((await here.evidence(auditor, "one")).made).toMatchObject({ current: true });
    world.state = "2";
    expect((await here.evidence(auditor, "one")).made).toMatchObject({ current: false });
    await here.make(auditor, "one");
    await here.idle();
    expect(Buffer.from((await here.file(auditor, "one", "items.csv")).bytes).toString()).toBe("made 2\n");
    expect(await readdir(directory)).toHaveLength(1);
  });

  it("makes one at a time, and refuses more than may wait", async () => {
    let running = 0;
    const most: number[] = [];
    const { here } = await room(async (job) => {
      running += 1;
      most.push(running);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running -= 1;
      return await written(job);
    });
    for (const id of ["a", "b", "c", "d", "e", "a"]) await here.make(auditor, id);
    await expect(here.make(auditor, "f")).rejects.toMatchObject({ code: "E_LIMIT" });
    await here.idle();
    expect(Math.max(...most)).toBe(1);
    expect(most).toHaveLength(5);
  });

  it("goes on after its directory was taken away while evidence was made", async () => {
    let isThere = false;
    const { here, directory } = await room(async (job) => {
      if (isThere) return await written(job);
      await rm(directory, { recursive: true });
      throw new Error("nowhere to write to");
    });
    await here.make(auditor, "one");
    await here.idle();
    expect(await here.evidence(auditor, "one")).toEqual({ making: false, trouble: "It could not be made." });
    isThere = true;
    await here.make(auditor, "one");
    await here.idle();
    expect((await here.evidence(auditor, "one")).made).toMatchObject({ current: true });
  });

  it("leaves nothing of what failed in the middle, and says so until it is made", async () => {
    let fails = true;
    const { here, directory } = await room(async (job) => {
      await written(job);
      await mkdir(join(dirname(job.options.out), `.${basename(job.options.out)}-x1`));
      if (fails) throw new Error("killed");
      return { files: [{ file: "items.csv", sha256: sha256("evidence\n") }] };
    });
    await here.make(auditor, "one");
    await here.idle();
    expect(await here.evidence(auditor, "one")).toEqual({ making: false, trouble: "It could not be made." });
    await expect(here.file(auditor, "one", "items.csv")).rejects.toMatchObject({ code: "E_NOT_FOUND" });
    expect(await readdir(directory)).toEqual([]);
    fails = false;
    await here.make(auditor, "one");
    await here.idle();
    expect((await here.evidence(auditor, "one")).trouble).toBeUndefined();
  });

  it("begins empty, whatever a server that was killed left", async () => {
    const { here, open, directory } = await room((job) => written(job));
    await here.make(auditor, "one");
    await here.idle();
    await mkdir(join(directory, ".half"));
    const next = await open();
    expect(await readdir(directory)).toEqual([]);
    expect(await next.evidence(auditor, "one")).toEqual({ making: false });
  });

  it("makes anew what is not there any more, as where a second server emptied the room", async () => {
    let made = 0;
    const { here, open } = await room(async (job) => {
      made += 1;
      return await written(job);
    });
    await here.make(auditor, "one");
    await here.idle();
    const second = await open();
    await expect(here.file(auditor, "one", "items.csv")).rejects.toMatchObject({
      code: "E_NOT_FOUND",
      fix: expect.stringContaining("make the evidence anew") as string,
    });
    await here.make(auditor, "one");
    await here.idle();
    await second.make(auditor, "one");
    await second.idle();
    for (const one of [here, second])
      expect((await one.file(auditor, "one", "items.csv")).bytes).toHaveLength(9);
    expect(made).toBe(3);
    await open();
    expect(await here.evidence(auditor, "one")).toEqual({ making: false });
    await here.make(auditor, "one");
    await here.idle();
    expect((await here.evidence(auditor, "one")).made).toMatchObject({ current: true });
  });

  it("makes anew what was changed", async () => {
    const { here, directory } = await room((job) => written(job));
    await here.make(auditor, "one");
    await here.idle();
    const [place = ""] = await readdir(directory);
    await writeFile(join(directory, place, "items.csv"), "EVIDENCE\n");
    await expect(here.file(auditor, "one", "items.csv")).rejects.toMatchObject({ code: "E_INTEGRITY" });
    await here.make(auditor, "one");
    await here.idle();
    expect((await here.file(auditor, "one", "items.csv")).bytes).toHaveLength(9);
  });

  it("gives nothing to who may not export, no other file, and nothing that was changed", async () => {
    const { here, directory } = await room((job) => written(job));
    await here.make(auditor, "one");
    await here.idle();
    for (const ask of [
      () => here.evidence(reviewer, "one"),
      () => here.make(reviewer, "one"),
      () => here.file(reviewer, "one", "items.csv"),
    ])
      await expect(ask()).rejects.toMatchObject({ code: "E_FORBIDDEN" });
    for (const name of ["../one-1/items.csv", "items.csv/", "", "other.csv"])
      await expect(here.file(auditor, "one", name)).rejects.toMatchObject({ code: "E_NOT_FOUND" });
    const [place = ""] = await readdir(directory);
    await writeFile(join(directory, place, "items.csv"), "another\n");
    await expect(here.file(auditor, "one", "items.csv")).rejects.toMatchObject({ code: "E_INTEGRITY" });
  });

  it("gives the bytes of the command, from a process of its own", { timeout: 180_000 }, async () => {
    const directory = await mkdtemp(join(tmpdir(), "countersign-evidence-"));
    await reviewPlace(directory);
    const { campaign_id: id } = (await saidJson(directory, WHO.compliance, ["start", "quarterly"])) as {
      campaign_id: string;
    };
    expect((await review(directory, WHO.compliance, ["open", id])).exit).toBe(0);
    const { files } = (await saidJson(directory, WHO.auditor, ["report", id, "--out", "evidence"])) as {
      files: { file: string; sha256: string }[];
    };
    const here = await ReportRoom.open({
      directory: join(directory, ".countersign/web-evidence"),
      stateNow: () => Promise.resolve("1"),
      clock,
      config: join(directory, "countersign.yaml"),
      signal: new AbortController().signal,
    });
    await here.make(auditor, id);
    await here.idle();
    const { made, trouble } = await here.evidence(auditor, id);
    expect(trouble).toBeUndefined();
    expect(made?.files.map(({ file, sha256: digest }) => ({ file, sha256: digest }))).toEqual(files);
    for (const { file } of files)
      expect(
        Buffer.from((await here.file(auditor, id, file)).bytes).equals(
          await readFile(join(directory, "evidence", file)),
        ),
      ).toBe(true);
    // Whoever may not is refused by the process as well.
    const other = await ReportRoom.open({
      directory: join(directory, ".countersign/web-other"),
      stateNow: () => Promise.resolve("1"),
      clock,
      config: join(directory, "countersign.yaml"),
      signal: new AbortController().signal,
    });
    await other.make(auditor, "no-such-campaign");
    await other.idle();
    expect((await other.evidence(auditor, "no-such-campaign")).trouble).toContain("no-such-campaign");
  });
});
