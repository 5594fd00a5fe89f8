import { Worker } from "node:worker_threads";
import { CountersignError, messageOf, type ErrorCode } from "../base/index.ts";
import type { Bundle } from "./bundle.ts";
import { createEvaluator, type Evaluator } from "./evaluator.ts";
import type { ParamSettings } from "./params.ts";

/** Evaluates groups of subject lines: NDJSON of outcomes for each, in the same order. */
export interface Judge {
  judge(lines: readonly Uint8Array[]): Promise<readonly Uint8Array[]>;
  close(): Promise<void>;
}

/** What a thread is started with. */
export interface ThreadData {
  readonly catalogue: Bundle["catalogue"];
  readonly modules: Bundle["modules"];
  readonly settings: ParamSettings;
}

/** Several byte strings as one: `ends` are the offsets where each ends. */
export interface Packed {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly ends: Uint32Array<ArrayBuffer>;
}

/** What a thread answers: outcome lines, or the error that stopped it. */
export type ThreadAnswer = Packed | { readonly code: ErrorCode; readonly message: string };

/** The outcomes of one subject as canonical JSON, one a line. */
export function outcomeLines(evaluator: Evaluator, line: Uint8Array): Buffer {
  let text = "";
  for (const outcome of evaluator.evaluate(line)) text += `${JSON.stringify(outcome)}\n`;
  return Buffer.from(text, "utf8");
}

/** So many subjects are judged here before threads are started: starting one costs as much time as they do. */
const SUBJECTS_HERE = 1024;

/** A judge in this thread for one worker; for more, in threads of their own once there is enough to do. */
export function createJudge(bundle: Bundle, settings: ParamSettings, workers: number): Judge {
  const here = localJudge(createEvaluator(bundle, settings));
  if (workers <= 1) return here;
  let judgedHere = 0;
  let threads: Judge | undefined;
  return {
    judge: (lines) => {
      if (judgedHere >= SUBJECTS_HERE)
        return (threads ??= new ThreadedJudge(bundle, settings, workers)).judge(lines);
      judgedHere += lines.length;
      return here.judge(lines);
    },
    close: async () => await threads?.close(),
  };
}

function localJudge(evaluator: Evaluator): Judge {
  return {
    judge: async (lines) => await Promise.resolve(lines.map((line) => outcomeLines(evaluator, line))),
    close: () => Promise.resolve(),
  };
}

interface Waiting {
  readonly resolve: (lines: readonly Uint8Array[]) => void;
  readonly reject: (error: Error) => void;
}

/** A thread answers in the order in which it is asked. */
interface Thread {
  readonly worker: Worker;
  readonly waiting: Waiting[];
}

class ThreadedJudge implements Judge {
  private readonly threads: readonly Thread[];

  constructor({ catalogue, modules }: Bundle, settings: ParamSettings, workers: number) {
    const file = new URL(`./thread${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);
    const workerData: ThreadData = { catalogue, modules, settings };
    this.threads = Array.from({ length: workers }, () =>
      started(new Worker(file, { workerData, execArgv: [] })),
    );
  }

  judge(lines: readonly Uint8Array[]): Promise<readonly Uint8Array[]> {
    const [first, ...others] = this.threads;
    if (first === undefined || lines.length === 0) return Promise.resolve([]);
    const idlest = others.reduce((a, b) => (b.waiting.length < a.waiting.length ? b : a), first);
    return new Promise((resolve, reject) => {
      idlest.waiting.push({ resolve, reject });
      const packed = pack(lines);
      idlest.worker.postMessage(packed, [packed.bytes.buffer, packed.ends.buffer]);
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.threads.map(({ worker }) => worker.terminate()));
  }
}

function started(worker: Worker): Thread {
  const waiting: Waiting[] = [];
  const fail = (error: Error): void => {
    for (const { reject } of waiting.splice(0)) reject(error);
  };
  worker.on("message", (answer: ThreadAnswer) => {
    const asked = waiting.shift();
    if ("code" in answer) asked?.reject(new CountersignError(answer.code, answer.message));
    else asked?.resolve(unpack(answer));
  });
  worker.on("error", (thrown) => {
    fail(
      new CountersignError("E_INTERNAL", `expected the evaluating thread to live, got ${messageOf(thrown)}`),
    );
  });
  worker.on("exit", () =>
    fail(new CountersignError("E_INTERNAL", "expected the evaluating thread to live, got its end")),
  );
  return { worker, waiting };
}

export function pack(parts: readonly Uint8Array[]): Packed {
  const ends = new Uint32Array(parts.length);
  let length = 0;
  parts.forEach((part, index) => (ends[index] = length += part.length));
  const bytes = new Uint8Array(length);
  parts.forEach((part, index) => {
    bytes.set(part, (ends[index] ?? 0) - part.length);
  });
  return { bytes, ends };
}

export function unpack({ bytes, ends }: Packed): Uint8Array[] {
  return Array.from(ends, (end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end));
}
