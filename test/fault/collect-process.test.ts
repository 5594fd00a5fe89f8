import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { SnapshotManifest } from "../../src/facts/index.ts";
import { answered, type FakeStore } from "../collect/fake-store.ts";
import { temporaryDirectory } from "../collect/run.ts";

const SLOW = process.env["SLOW"] === "1";
const KILLED_RUNS = SLOW ? 60 : 4;
const CHILD = fileURLToPath(new URL("collect-child.ts", import.meta.url));

const STORE: FakeStore = {
  mounts: Object.fromEntries(
    ["billing", "shop", "search"].map((mount) => [
      mount,
      Array.from({ length: 60 }, (_, i) => `service-${i}`),
    ]),
  ),
  pageSize: 25,
};

let server: Server;
let address: string;
let asked = 0;
let onAsked: (() => void) | undefined;

beforeAll(async () => {
  server = createServer((request, response) => {
    asked += 1;
    onAsked?.();
    const { status, media_type, body } = answered(STORE, request.url ?? "/");
    response.writeHead(status, { "content-type": media_type }).end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly errors: string;
  readonly result: { manifest: SnapshotManifest; answerCount: number } | undefined;
}

/** Runs a collection; `meddle` gets the process while it runs. `shell` is put before the command, e.g. a limit. */
async function ran(state: string, meddle?: (child: ChildProcess) => void, shell?: string): Promise<Ended> {
  const child =
    shell === undefined
      ? spawn(process.execPath, [CHILD, state, address], { stdio: ["ignore", "pipe", "pipe"] })
      : spawn("bash", ["-c", `${shell}; exec "$@"`, "bash", process.execPath, CHILD, state, address], {
          stdio: ["ignore", "pipe", "pipe"],
        });
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  meddle?.(child);
  const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
  const [out, errors] = await output;
  return {
    code,
    signal,
    errors,
    result: out === "" ? undefined : (JSON.parse(out) as NonNullable<Ended["result"]>),
  };
}

/** What must be the same whether or not a run was interrupted; only the run's name may differ between directories. */
function content({ facts, records, gaps, sources }: SnapshotManifest): unknown {
  return { facts, records, gaps, sources };
}

/** Kills a run either at one of its questions or at an instant after its first, up to its very end. */
function killer(at: { question: number } | { afterMs: number }): (child: ChildProcess) => void {
  return (child) => {
    const before = asked;
    onAsked = () => {
      if ("question" in at && asked - before === at.question) child.kill("SIGKILL");
      if ("afterMs" in at && asked - before === 1) void sleep(at.afterMs).then(() => child.kill("SIGKILL"));
    };
  };
}

test(
  "killed at any moment and started again, a collection gives what an undisturbed one gives",
  async () => {
    asked = 0;
    let startedMs = 0;
    onAsked = () => (startedMs ||= performance.now());
    const whole = (await ran(await temporaryDirectory())).result!;
    const lastedMs = performance.now() - startedMs;
    const questions = asked;
    expect(whole.manifest.fact_counts).toEqual({ mount: 3, secret: 180, secret_metadata: 180 });

    let kills = 0;
    let resumptions = 0;
    for (let run = 0; run < KILLED_RUNS; run += 1) {
      const state = await temporaryDirectory();
      const share = (run + (SLOW ? Math.random() : 0.5)) / KILLED_RUNS;
      // A second kill now and then falls into the resumed run.
      const ats = [{ question: Math.ceil(share * questions) }, { afterMs: share * lastedMs }];
      for (const at of SLOW ? ats : [ats[run % 2]!]) {
        const ended = await ran(state, killer(at));
        if (ended.signal === "SIGKILL") kills += 1;
        else expect(ended).toMatchObject({ code: 0, errors: "" });
      }
      onAsked = undefined;
      const { code, errors, result } = await ran(state);
      expect([code, errors]).toEqual([0, ""]);
      expect(content(result!.manifest)).toEqual(content(whole.manifest));
      expect(await readdir(join(state, "collecting"))).toEqual([]);
      if (result!.answerCount > 0) resumptions += 1;
    }
    console.log(
      `killed ${kills} times in ${KILLED_RUNS} runs, ${resumptions} of them resumed with answers kept`,
    );
    expect(kills).toBeGreaterThanOrEqual(KILLED_RUNS / 2);
    expect(resumptions).toBeGreaterThan(0);
  },
  SLOW ? 3_600_000 : 300_000,
);

test("Ctrl-C ends it with 130, and the next start continues", async () => {
  const state = await temporaryDirectory();
  asked = 0;
  const interrupted = await ran(state, (child) => {
    onAsked = () => {
      if (asked === 100) child.kill("SIGINT");
    };
  });
  onAsked = undefined;
  expect(interrupted).toMatchObject({
    code: 130,
    errors: expect.stringContaining("E_INTERRUPTED") as unknown,
  });
  const { code, result } = await ran(state);
  expect(code).toBe(0);
  expect(result?.answerCount).toBeGreaterThan(80);
  expect(result?.manifest.sources[0]?.status).toBe("complete");
});

test("a full disk ends it with 5, the journal stays, and the next start continues", async () => {
  const state = await temporaryDirectory();
  // Blocks of 1024 bytes; SIGXFSZ is ignored so that the write fails as on a full disk.
  const full = await ran(state, undefined, "trap '' XFSZ; ulimit -f 48");
  expect(full).toMatchObject({
    code: 5,
    errors: expect.stringMatching(/E_DISK.*journal\.ndjson/) as unknown,
  });
  const { code, result } = await ran(state);
  expect(code).toBe(0);
  expect(result?.answerCount).toBeGreaterThan(10);
  expect(result?.manifest.fact_counts).toEqual({ mount: 3, secret: 180, secret_metadata: 180 });
});
