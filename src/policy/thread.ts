import { parentPort, workerData } from "node:worker_threads";
import { CountersignError, messageOf } from "../base/index.ts";
import { createEvaluator } from "./evaluator.ts";
import { outcomeLines, pack, unpack, type Packed, type ThreadAnswer, type ThreadData } from "./judge.ts";

/** Evaluates the groups that it is sent, in order, until it is ended. */
const { catalogue, modules, settings } = workerData as ThreadData;
const evaluator = createEvaluator({ catalogue, modules }, settings);

parentPort?.on("message", (asked: Packed) => {
  const answer = answered(asked);
  parentPort?.postMessage(answer, "code" in answer ? [] : [answer.bytes.buffer, answer.ends.buffer]);
});

function answered(asked: Packed): ThreadAnswer {
  try {
    return pack(unpack(asked).map((line) => outcomeLines(evaluator, line)));
  } catch (thrown) {
    const code = thrown instanceof CountersignError ? thrown.code : "E_INTERNAL";
    return { code, message: messageOf(thrown) };
  }
}
