import { randomBytes } from "node:crypto";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { CountersignError, messageOf } from "../base/index.ts";
import { searchTexts, type SearchedText, type TextHit } from "./texts.ts";

/** Searches files for credentials, a batch at a time, several at once. */
export interface SecretSearch {
  search(texts: readonly SearchedText[]): Promise<TextHit[]>;
  close(): Promise<void>;
}

/** What a thread is asked. */
export interface AskedThread {
  readonly id: number;
  readonly texts: readonly SearchedText[];
}

/** What it answers: hits, or why there are none. */
export type ThreadAnswer =
  | { readonly id: number; readonly hits: readonly TextHit[] }
  | { readonly id: number; readonly fault: string };

/** Characters from which on threads are worth their start: one takes 60 ms and 40 MB. */
const THREADS_FROM_CHARS = 4_000_000;

/** Most threads: reading the files is what bounds more. */
const MAX_THREADS = 3;

/** Batches that wait for a thread before this one searches as well. */
const MAX_WAITING = 4;

/** A search that starts threads where there is much to search. E_INTERNAL where one dies. */
export function secretSearch({
  threads = Math.min(availableParallelism() - 1, MAX_THREADS),
} = {}): SecretSearch {
  const key = randomBytes(32).toString("hex");
  const running: Searcher[] = [];
  let chars = 0;
  return {
    search(texts) {
      for (const { text } of texts) chars += text.length;
      if (chars < THREADS_FROM_CHARS || threads === 0) return searchTexts(texts, key);
      while (running.length < threads) running.push(new Searcher(key));
      const [free] = running.toSorted((a, b) => a.waiting - b.waiting);
      return free === undefined || free.waiting >= MAX_WAITING ? searchTexts(texts, key) : free.search(texts);
    },
    async close() {
      await Promise.all(running.splice(0).map((one) => one.close()));
    },
  };
}

interface Waiting {
  readonly resolve: (hits: TextHit[]) => void;
  readonly reject: (fault: CountersignError) => void;
}

class Searcher {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;

  constructor(key: string) {
    const file = new URL(`./thread${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);
    this.#worker = new Worker(file, { workerData: key, execArgv: [] });
    this.#worker.on("message", (answer: ThreadAnswer) => {
      const waiting = this.#waiting.get(answer.id);
      this.#waiting.delete(answer.id);
      if ("hits" in answer) waiting?.resolve([...answer.hits]);
      else waiting?.reject(new CountersignError("E_INTERNAL", answer.fault));
    });
    this.#worker.on("error", (thrown) =>
      this.#fail(`expected the searching thread to live, got ${messageOf(thrown)}`),
    );
    this.#worker.on("exit", () => this.#fail("expected the searching thread to live, got its end"));
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  search(texts: readonly SearchedText[]): Promise<TextHit[]> {
    return new Promise((resolve, reject) => {
      const asked: AskedThread = { id: this.#next, texts };
      this.#waiting.set(this.#next, { resolve, reject });
      this.#next += 1;
      this.#worker.postMessage(asked);
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #fail(message: string): void {
    for (const { reject } of this.#waiting.values()) reject(new CountersignError("E_INTERNAL", message));
    this.#waiting.clear();
  }
}
