import type { Bundle } from "./bundle.ts";
import { createEvaluator, type Evaluator } from "./evaluator.ts";
import { JudgeThread } from "./judge-thread.ts";
import type { Overruns } from "./overruns.ts";
import type { ParamSettings } from "./params.ts";

/** Evaluates groups of subject lines: NDJSON of outcomes for each, in the same order. */
export interface Judge {
  judge(lines: readonly Uint8Array[]): Promise<readonly Uint8Array[]>;
  close(): Promise<void>;
}

export interface JudgeOptions {
  readonly settings: ParamSettings;
  readonly workers: number;
  readonly overruns: Overruns;
}

/** The outcomes of one subject as canonical JSON, one a line. */
export function outcomeLines(evaluator: Evaluator, line: Uint8Array): Buffer {
  let text = "";
  for (const outcome of evaluator.evaluate(line)) text += `${JSON.stringify(outcome)}\n`;
  return Buffer.from(text, "utf8");
}

/** So many subjects are judged here before threads are started: starting one costs as much time as they do. */
const SUBJECTS_HERE = 1024;

/**
 * A judge in this thread for one worker; for more, in threads of their own once there is enough to do. Policies of one's own
 * are judged in other threads alone: only a thread can be ended while WebAssembly runs in it.
 */
export function createJudge(bundle: Bundle, options: JudgeOptions): Judge {
  const here = localJudge(createEvaluator(bundle, options.settings));
  const watched = bundle.modules.some(({ own }) => own);
  if (options.workers <= 1 && !watched) return here;
  const subjectsHere = watched ? 0 : SUBJECTS_HERE;
  let judgedHere = 0;
  let threads: Judge | undefined;
  return {
    judge: (lines) => {
      if (judgedHere >= subjectsHere) return (threads ??= threadedJudge(bundle, options)).judge(lines);
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

function threadedJudge(bundle: Bundle, { settings, workers, overruns }: JudgeOptions): Judge {
  const threads = Array.from({ length: workers }, () => new JudgeThread(bundle, settings, overruns));
  return {
    judge: async (lines) => {
      const [first, ...others] = threads;
      if (first === undefined || lines.length === 0) return [];
      const idlest = others.reduce((a, b) => (b.waiting < a.waiting ? b : a), first);
      return await idlest.judge(lines);
    },
    close: async () => {
      await Promise.all(threads.map((thread) => thread.close()));
    },
  };
}
