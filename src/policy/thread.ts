import { parentPort, workerData } from "node:worker_threads";
import { CountersignError, messageOf } from "../base/index.ts";
import { createEvaluator, type Watch } from "./evaluator.ts";
import { outcomeLine } from "./judge.ts";
import type { Asked, Excused, ThreadAnswer, ThreadData } from "./judge-thread.ts";
import { pack, unpack } from "./packed.ts";
import { Progress } from "./progress.ts";

const { catalogue, modules, settings, progress: shared } = workerData as ThreadData;

/** Says in shared memory which call this thread is in. */
class SharedWatch implements Watch {
  singly = false;
  private readonly progress = new Progress(catalogue, shared);
  private excusedOnes: readonly Excused[] = [];
  private subject = 0;

  group({ singly, excused }: Asked): void {
    this.singly = singly;
    this.excusedOnes = excused;
  }

  next(subject: number): void {
    this.subject = subject;
  }

  excused(policyId: string): string | undefined {
    return this.excusedOnes.find(
      ({ policyId: id, subject, onwards }) =>
        id === policyId && (subject === this.subject || (onwards && subject < this.subject)),
    )?.fault;
  }

  begin(policyId?: string): void {
    this.progress.begin(this.subject, policyId);
  }

  end(): void {
    this.progress.end();
  }
}

const watch = new SharedWatch();
const evaluator = createEvaluator({ catalogue, modules }, settings, watch);

/** Evaluates the groups that it is sent, in order, until it is ended. */
parentPort?.on("message", (asked: Asked) => {
  const answer = answered(asked);
  parentPort?.postMessage(answer, "code" in answer ? [] : [answer.bytes.buffer, answer.ends.buffer]);
});

function answered(asked: Asked): ThreadAnswer {
  watch.group(asked);
  try {
    const lines = unpack(asked).map((document, subject) => {
      watch.next(subject);
      return outcomeLine(evaluator, document);
    });
    return pack(lines);
  } catch (thrown) {
    const code = thrown instanceof CountersignError ? thrown.code : "E_INTERNAL";
    return { code, message: messageOf(thrown) };
  }
}
