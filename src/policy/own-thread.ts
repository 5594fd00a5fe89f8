import { parentPort, workerData } from "node:worker_threads";
import { CountersignError } from "../base/index.ts";
import type { OwnAnswered, OwnAsked, OwnThreadData } from "./own-asker.ts";
import { ownProgram } from "./own-program.ts";

const { wasm, data } = workerData as OwnThreadData;
const program = ownProgram(wasm);
program.setData(data);

const say = (answered: OwnAnswered): void => parentPort?.postMessage(answered);

/** Asks own rules about the inputs that it is sent, in order, until it is ended. */
parentPort?.on("message", ({ entrypoint, inputs, file }: OwnAsked) => {
  if (file !== undefined) program.setData({ ...data, conftest: { file } });
  for (const input of inputs) {
    try {
      say({ answer: program.ask(entrypoint, input) });
    } catch (thrown) {
      if (!(thrown instanceof CountersignError)) throw thrown;
      say({ fault: thrown.message });
    }
  }
});

say("ready");
