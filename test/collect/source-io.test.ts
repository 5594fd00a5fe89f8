import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import {
  CallFailure,
  isGap,
  type Answer,
  type Call,
  type Gap,
  type RawRecord,
} from "../../src/facts/index.ts";
import { limitsWith, SILENT, type CollectLimits, type CollectPorts } from "../../src/collect/index.ts";
import { SourceIo, type SourceTerms } from "../../src/collect/source-io.ts";
import { StopSource } from "../../src/collect/stopping.ts";
import { json } from "./fake-store.ts";
import { stillPorts } from "./run.ts";

const call = (name: string, more: Partial<Call> = {}): Call => ({
  operation: "read",
  scope: "vault-eu",
  params: { name },
  hides: ["secret"],
  resource: name,
  ...more,
});

const ok = (): Promise<Answer> => Promise.resolve(json({ ok: true }));

function door(
  limits: Partial<CollectLimits> = {},
  more: Partial<SourceTerms> = {},
): { io: SourceIo; stop: StopSource; kept: (RawRecord | Gap)[] } {
  const stop = new StopSource();
  const kept: (RawRecord | Gap)[] = [];
  const keep = (item: RawRecord | Gap): Promise<void> => {
    kept.push(item);
    return Promise.resolve();
  };
  const io = new SourceIo({
    storeId: "vault-eu",
    connector: "fake",
    revision: 1,
    startedAt: new Date(0),
    limits: limitsWith(limits),
    ports: stillPorts(),
    progress: SILENT,
    keeper: { record: keep, gap: keep },
    stop: stop.signal,
    takeBytes: () => true,
    earlier: new Map(),
    ...more,
  });
  return { io, stop, kept };
}

const failing = (reason: Gap["reason"], retryAfterMs?: number) => (): Promise<Answer> =>
  Promise.reject(
    new CallFailure(reason, `it was ${reason}`, retryAfterMs === undefined ? {} : { retryAfterMs }),
  );

describe("retries", () => {
  async function attempts(reason: Gap["reason"], limits: Partial<CollectLimits> = {}, retryAfterMs?: number) {
    const ports = stillPorts();
    const { io } = door(limits, { ports });
    let count = 0;
    const result = await io.call(call("a"), async () => {
      count += 1;
      return await failing(reason, retryAfterMs)();
    });
    expect(result).toMatchObject({ reason, detail: `it was ${reason}`, resource: "a" });
    return { count, waitsMs: ports.waitsMs };
  }

  test.each(["throttled", "timeout", "unavailable"] as const)(
    "%s is asked again, ever more slowly",
    async (reason) => {
      expect(await attempts(reason)).toEqual({ count: 5, waitsMs: [125, 250, 500, 1000] });
    },
  );

  test.each(["denied", "malformed", "limit", "unsupported"] as const)(
    "%s is not asked again",
    async (reason) => {
      expect(await attempts(reason)).toEqual({ count: 1, waitsMs: [] });
    },
  );

  test("the server's hint comes before our own span", async () => {
    const { waitsMs } = await attempts("throttled", { attempts: 2 }, 3000);
    expect(waitsMs[0]).toBe(3125);
  });

  test("a server that asks for too much patience is not asked again", async () => {
    expect(await attempts("throttled", {}, 3_600_000)).toEqual({ count: 1, waitsMs: [] });
  });

  test("doubling stops at its limit, and the budget ends all", async () => {
    expect(await attempts("timeout", { backoffMaxMs: 300 })).toMatchObject({ waitsMs: [125, 150, 150, 150] });
    expect(await attempts("timeout", { retries: 1 })).toMatchObject({ count: 2 });
  });

  test("a throttled source holds back its other calls too", async () => {
    const ports = stillPorts();
    const { io } = door({ concurrency: 1, attempts: 2 }, { ports });
    let first = true;
    await io.call(call("a"), async () => {
      const wasFirst = first;
      first = false;
      return wasFirst ? await failing("throttled", 2000)() : await ok();
    });
    await io.call(call("b"), ok);
    // The clock stands still: the second call still has the hint before it.
    expect(ports.waitsMs).toEqual([2125, 2000, 2000]);
  });
});

describe("one question", () => {
  test("asked twice is sent once, also at the same time", async () => {
    const { io } = door();
    let sent = 0;
    const send = async (): Promise<Answer> => {
      sent += 1;
      return await ok();
    };
    const [one, two] = await Promise.all([io.call(call("a"), send), io.call(call("a"), send)]);
    expect([sent, one === two, await io.call(call("a"), send)]).toEqual([1, true, one]);
  });

  test("that failed hides what each asker would have learnt", async () => {
    const { io } = door();
    await io.call(call("a"), failing("denied"));
    await io.call(call("a", { hides: ["key"], resource: "b" }), failing("denied"));
    expect(io.gaps).toMatchObject([
      { hides: ["secret"], resource: "a" },
      { hides: ["key"], resource: "b" },
    ]);
  });
});

describe("bounds", () => {
  test("never more calls in flight than allowed, nested or not", async () => {
    const { io } = door({ concurrency: 3 });
    let flying = 0;
    let most = 0;
    const send = async (): Promise<Answer> => {
      most = Math.max(most, ++flying);
      await pause(1);
      flying -= 1;
      return await ok();
    };
    const results = await io.each(
      [0, 1, 2, 3, 4],
      async (outer) =>
        await io.each([0, 1, 2, 3, 4], async (inner) => {
          await io.call(call(`${outer}/${inner}`), send);
          return outer * 10 + inner;
        }),
    );
    expect(most).toBe(3);
    expect(results[4]).toEqual([40, 41, 42, 43, 44]);
  });

  test("questions end at their limit, and an endless connector is a bug", async () => {
    const { io } = door({ calls: 2 });
    for (const name of ["a", "b"]) expect(isGap(await io.call(call(name), ok))).toBe(false);
    for (const name of ["c", "d"]) {
      expect(await io.call(call(name), ok)).toMatchObject({
        reason: "limit",
        detail: "not asked: the source has had its 2 questions",
      });
    }
    await expect(io.call(call("e"), ok)).rejects.toMatchObject({ code: "E_INTERNAL" });
  });

  test("an answer that is too large is a gap and not kept", async () => {
    const { io, kept } = door({ answerBytes: 10 });
    expect(await io.call(call("a"), () => Promise.resolve(json("0123456789")))).toMatchObject({
      reason: "limit",
    });
    expect(kept.filter((item) => !isGap(item))).toEqual([]);
  });

  test("what does not fit the run's bytes is a gap", async () => {
    let left = 15;
    const takeBytes = (count: number): boolean =>
      count <= left ? ((left -= count), left > 0 || count > 0) : false;
    const { io } = door({}, { takeBytes });
    expect(isGap(await io.call(call("a"), ok))).toBe(false);
    expect(await io.call(call("b"), ok)).toMatchObject({ reason: "limit" });
  });

  test("an attempt that takes too long is cancelled, even where it does not heed its signal", async () => {
    const { io } = door({ callMs: 5, attempts: 1 });
    let aborted = false;
    const result = await io.call(call("a"), async ({ signal }) => {
      signal.addEventListener("abort", () => (aborted = true));
      return await new Promise<Answer>(() => undefined);
    });
    expect([result, aborted]).toMatchObject([
      { reason: "timeout", detail: "expected an answer within 5 ms, got none" },
      true,
    ]);
  });

  test("a store that has fallen silent is left alone, one that refuses is not", async () => {
    const { io } = door({ silences: 2, attempts: 1 });
    let sent = 0;
    const send = (answer?: Answer) => async (): Promise<Answer> => {
      sent += 1;
      return await Promise.reject(
        new CallFailure("unavailable", "nothing", answer === undefined ? {} : { answer }),
      );
    };
    for (const name of ["a", "b", "c"]) await io.call(call(name), send(json({}, 500)));
    for (const name of ["d", "e"]) await io.call(call(name), send());
    expect(await io.call(call("f"), send())).toMatchObject({
      detail: "not asked: 2 questions in a row had no answer",
    });
    expect(sent).toBe(5);
  });

  test("after the run's time every question is a gap", async () => {
    const { io, stop } = door();
    const slow = io.call(call("a"), async () => await new Promise<Answer>(() => undefined));
    stop.stop("run_time");
    expect(await slow).toMatchObject({ reason: "limit" });
    expect(await io.call(call("b"), ok)).toMatchObject({ reason: "limit" });
  });
});

describe("what comes back", () => {
  test("JSON that does not parse is malformed and kept as proof", async () => {
    const { io } = door();
    const html = { status: 200, media_type: "application/json", body: Buffer.from("<html>") };
    const gap = await io.call(call("a"), () => Promise.resolve(html));
    expect(gap).toMatchObject({ reason: "malformed" });
    expect(io.records).toMatchObject([{ refused: { reason: "malformed" }, body: { text: "<html>" } }]);
  });

  test("anything but a CallFailure is our bug", async () => {
    const { io } = door();
    await expect(io.call(call("a"), () => Promise.reject(new TypeError("x")))).rejects.toThrow(TypeError);
  });

  test("a call that hides nothing is our bug", async () => {
    const { io } = door();
    await expect(io.call(call("a", { hides: [] }), ok)).rejects.toMatchObject({ code: "E_INTERNAL" });
  });

  test("an answer of an interrupted run is given without asking, unless it must be fresh", async () => {
    const first = door();
    const record = (await first.io.call(call("a"), ok)) as RawRecord;
    const { io } = door({}, { earlier: new Map([[record.key, record]]) });
    expect(await io.call(call("a"), () => Promise.reject(new Error("asked")))).toBe(record);
    const fresh = door({}, { earlier: new Map([[record.key, record]]) });
    expect(await fresh.io.call(call("a", { fresh: true }), ok)).not.toBe(record);
  });
});

describe("the end", () => {
  test("interruption cancels what is in flight and refuses what comes after", async () => {
    const { io, stop } = door();
    const slow = io.call(call("a"), async () => await new Promise<Answer>(() => undefined));
    stop.stop("interrupted");
    await expect(slow).rejects.toMatchObject({ code: "E_INTERRUPTED" });
    await expect(io.call(call("b"), ok)).rejects.toMatchObject({ code: "E_INTERRUPTED" });
    expect(io.gaps).toEqual([]);
  });

  test("interruption also ends a wait between attempts", async () => {
    const ports: CollectPorts = stillPorts({ sleep: async () => await new Promise(() => undefined) });
    const { io, stop } = door({}, { ports });
    const slow = io.call(call("a"), failing("throttled"));
    await pause(1);
    stop.stop("interrupted");
    await expect(slow).rejects.toMatchObject({ code: "E_INTERRUPTED" });
  });

  test("a full disk ends every call, whatever the connector makes of it", async () => {
    const full = (): Promise<never> =>
      Promise.reject(Object.assign(new Error("no space"), { code: "ENOSPC" }));
    const { io } = door({}, { keeper: { record: full, gap: full } });
    await expect(io.call(call("a"), ok)).rejects.toMatchObject({ code: "E_DISK" });
    await expect(io.call(call("b"), ok)).rejects.toMatchObject({ code: "E_DISK" });
    await expect(io.close()).rejects.toMatchObject({ code: "E_DISK" });
  });

  test("work over items stops at the first failure and waits for what was begun", async () => {
    const { io } = door({ concurrency: 2 });
    const ended: number[] = [];
    const work = async (item: number): Promise<void> => {
      await pause(item);
      ended.push(item);
      if (item === 1) throw new Error("first");
    };
    await expect(io.each([1, 10, 20], work)).rejects.toThrow("first");
    expect(ended).toEqual([1, 10]);
  });
});
