import { parentPort, workerData } from "node:worker_threads";
import { messageOf } from "../base/index.ts";
import type { AskedThread, ThreadAnswer } from "./search.ts";
import { searchTexts } from "./texts.ts";

const key = workerData as string;

/** Searches the batches that it is sent until it is ended. */
parentPort?.on("message", ({ id, texts }: AskedThread) => {
  const say = (answer: ThreadAnswer): void => parentPort?.postMessage(answer);
  searchTexts(texts, key).then(
    (hits) => say({ id, hits }),
    (thrown: unknown) => say({ id, fault: `searching for credentials failed: ${messageOf(thrown)}` }),
  );
});
