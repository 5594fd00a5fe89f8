import { Worker } from "node:worker_threads";
import { CountersignError, messageOf } from "../base/index.ts";
import type { OwnRego } from "./own-rego.ts";
import { Overruns } from "./overruns.ts";

/** How long own rules may take over one input unless told otherwise, in seconds. */
export const OWN_REGO_SECONDS = 60;

/** How long a thread may take to load rules and data, in seconds. */
const LOAD_SECONDS = 60;

/** Memory of a thread beside that of its WebAssembly, which has a bound of its own (`program.ts`): what builtins and answers need. */
const THREAD_MEGABYTES = 1024;

/** How often is looked whether a thread has got further. Looks are counted and no clock is read: a machine that slept makes the time longer. */
const LOOK_MS = 100;

/** What a thread is started with. */
export interface OwnThreadData {
  readonly wasm: Uint8Array;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Inputs for the rules of one namespace. */
export interface OwnAsked {
  readonly entrypoint: string;
  /** In JSON. */
  readonly inputs: readonly Uint8Array[];
  /** What `data.conftest.file` is from here on. */
  readonly file?: { readonly name: string; readonly dir: string };
}

/** What the rules of a namespace say of one input, by name, or why they say nothing. */
export type OwnAnswer = { readonly answer: Readonly<Record<string, unknown>> } | { readonly fault: string };

/** What a thread says: once that it is loaded, and then an answer for each input. */
export type OwnAnswered = OwnAnswer | "ready";

export interface OwnAskerTerms {
  readonly data: Readonly<Record<string, unknown>>;
  /** The most that an input may take; `OWN_REGO_SECONDS` unless told otherwise. */
  readonly seconds?: number;
  readonly signal?: AbortSignal;
}

interface Job extends OwnAsked {
  readonly answers: OwnAnswer[];
  readonly resolve: (answers: readonly OwnAnswer[]) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Asks own rules in a thread of its own. Rules that do not end, or that need more memory than there is, are ended with it: that input
 * has a fault, another thread goes on behind it, and rules to which that happens again and again are given up.
 */
export class OwnAsker {
  readonly #thread: OwnThreadData;
  readonly #seconds: number;
  readonly #signal: AbortSignal | undefined;
  readonly #overruns = new Overruns();
  readonly #jobs: Job[] = [];
  readonly #timer: NodeJS.Timeout;
  #worker: Worker;
  #loaded = false;
  #looks = 0;
  #refusal: CountersignError | undefined;

  constructor({ wasm }: Pick<OwnRego, "wasm">, { data, seconds = OWN_REGO_SECONDS, signal }: OwnAskerTerms) {
    this.#thread = { wasm, data };
    this.#seconds = seconds;
    this.#signal = signal;
    this.#worker = this.#started();
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
    signal?.addEventListener("abort", this.#interrupt);
  }

  /** An answer for each input. E_INTERRUPTED; E_POLICY where rules and data cannot be loaded. */
  ask(asked: OwnAsked): Promise<readonly OwnAnswer[]> {
    return new Promise((resolve, reject) => {
      const job: Job = { ...asked, answers: [], resolve, reject };
      this.#jobs.push(job);
      if (this.#signal?.aborted === true) this.#interrupt();
      else if (this.#refusal !== undefined) this.#refuse(this.#refusal);
      else if (!this.#excused(job) && !this.#settled(job)) this.#worker.postMessage(asked);
    });
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#signal?.removeEventListener("abort", this.#interrupt);
    const worker = this.#worker;
    worker.removeAllListeners();
    await worker.terminate();
  }

  readonly #interrupt = (): void => {
    void this.#worker.terminate();
    this.#refuse(
      new CountersignError("E_INTERRUPTED", "expected to run to the end, got interrupted", {
        fix: "Nothing was written: run the same command again.",
      }),
    );
  };

  #started(): Worker {
    const file = new URL(`./own-thread${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);
    const worker = new Worker(file, {
      workerData: this.#thread,
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: THREAD_MEGABYTES },
    });
    this.#loaded = false;
    this.#looks = 0;
    worker.on("message", (said: OwnAnswered) => {
      if (worker === this.#worker) this.#heard(said);
    });
    worker.on("error", (thrown) => {
      if (worker === this.#worker) this.#again(`expected an answer, got: ${messageOf(thrown)}`);
    });
    return worker;
  }

  #heard(said: OwnAnswered): void {
    this.#looks = 0;
    if (said === "ready") this.#loaded = true;
    else this.#answer(said);
  }

  #answer(answer: OwnAnswer): void {
    const [job] = this.#jobs;
    job?.answers.push(answer);
    if (job !== undefined) this.#settled(job);
  }

  /** Whether a job has all its answers. */
  #settled(job: Job): boolean {
    if (job.answers.length < job.inputs.length) return false;
    this.#jobs.splice(this.#jobs.indexOf(job), 1);
    job.resolve(job.answers);
    return true;
  }

  #look(): void {
    if (this.#jobs.length === 0) return;
    this.#looks += 1;
    const seconds = this.#loaded ? this.#seconds : LOAD_SECONDS;
    if (this.#looks * LOOK_MS >= seconds * 1000)
      this.#again(`expected an answer within ${seconds} s, got none`);
  }

  /** Ends the thread within an input, which has this fault; another goes on behind it. */
  #again(fault: string): void {
    void this.#worker.terminate();
    if (!this.#loaded) {
      this.#refuse(new CountersignError("E_POLICY", `rules and data could not be loaded: ${fault}`));
      return;
    }
    const [first] = this.#jobs;
    if (first !== undefined) {
      this.#overruns.add(first.entrypoint);
      this.#answer({ fault });
    }
    for (const job of [...this.#jobs]) this.#excused(job);
    this.#worker = this.#started();
    for (const { entrypoint, inputs, file, answers } of this.#jobs)
      this.#worker.postMessage({
        entrypoint,
        inputs: inputs.slice(answers.length),
        ...(file === undefined ? {} : { file }),
      });
  }

  /** Whether a job has its answers since its rules are given up. */
  #excused(job: Job): boolean {
    const fault = this.#overruns.givenUp().find(({ policyId }) => policyId === job.entrypoint)?.fault;
    if (fault === undefined) return false;
    while (job.answers.length < job.inputs.length) job.answers.push({ fault });
    return this.#settled(job);
  }

  #refuse(refusal: CountersignError): void {
    this.#refusal = refusal;
    for (const { reject } of this.#jobs.splice(0)) reject(refusal);
  }
}
