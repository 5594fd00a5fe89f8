import type { Bundle } from "./bundle.ts";
import { createEvaluator, type Evaluator } from "./evaluator.ts";
import { JudgeThread } from "./judge-thread.ts";
import type { Overruns } from "./overruns.ts";
import type { ParamSettings } from "./params.ts";

/** Evaluates groups of documents: a line of outcomes for each, in the same order. */
export interface Judge {
  judge(documents: readonly Uint8Array[]): Promise<readonly Uint8Array[]>;
  close(): Promise<void>;
}

export interface JudgeOptions {
  readonly settings: ParamSettings;
  readonly workers: number;
  readonly overruns: Overruns;
}

/** The outcomes of one subject as a line of canonical JSON, with its end. */
export function outcomeLine(evaluator: Evaluator, document: Uint8Array): Buffer {
  return Buffer.from(`${JSON.stringify(evaluator.evaluate(document))}\n`, "utf8");
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
    judge: (documents) => {
      if (judgedHere >= subjectsHere) return (threads ??= threadedJudge(bundle, options)).judge(documents);
      judgedHere += documents.length;
      return here.judge(documents);
    },
    close: async () => await threads?.close(),
  };
}

function localJudge(evaluator: Evaluator): Judge {
  return {
    judge: async (documents) =>
      await Promise.resolve(documents.map((document) => outcomeLine(evaluator, document))),
    close: () => Promise.resolve(),
  };
}

function threadedJudge(bundle: Bundle, { settings, workers, overruns }: JudgeOptions): Judge {
  const threads = Array.from({ length: workers }, () => new JudgeThread(bundle, settings, overruns));
  return {
    judge: async (documents) => {
      const [first, ...others] = threads;
      if (first === undefined || documents.length === 0) return [];
      const idlest = others.reduce((a, b) => (b.waiting < a.waiting ? b : a), first);
      return await idlest.judge(documents);
    },
    close: async () => {
      await Promise.all(threads.map((thread) => thread.close()));
    },
  };
}
