import { Worker } from "node:worker_threads";
import { CountersignError, messageOf, type ErrorCode } from "../base/index.ts";
import type { Bundle } from "./bundle.ts";
import type { Overruns } from "./overruns.ts";
import { pack, unpack, type Packed } from "./packed.ts";
import type { ParamSettings } from "./params.ts";
import { Progress, type Call } from "./progress.ts";

/**
 * A call of an own policy that is the same at so many looks is ended, after two seconds. Looks are counted and no clock is
 * read: a machine that slept, or a main thread that was busy, makes the time longer and never shorter.
 */
const LOOK_MS = 100;
const MAX_LOOKS = 20;

const TOO_LONG = `expected an answer within ${(LOOK_MS * MAX_LOOKS) / 1000} s, got none`;

/** What a thread is started with. */
export interface ThreadData extends Pick<Bundle, "catalogue" | "modules"> {
  readonly settings: ParamSettings;
  readonly progress: SharedArrayBuffer;
}

/** A policy that is not to be asked about the subject at this place of the group, or from there on. */
export interface Excused {
  readonly subject: number;
  readonly onwards: boolean;
  readonly policyId: string;
  readonly fault: string;
}

/** What a thread is asked: a group of documents. */
export interface Asked extends Packed {
  readonly singly: boolean;
  readonly excused: readonly Excused[];
}

/** What a thread answers: a line of outcomes for each, or the error that stopped it. */
export type ThreadAnswer = Packed | { readonly code: ErrorCode; readonly message: string };

interface Group {
  readonly documents: readonly Uint8Array[];
  readonly excused: Excused[];
  /** Subjects before this one had their answers, when a call had to be ended. */
  reached: number;
  readonly resolve: (lines: readonly Uint8Array[]) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Judges groups one after the other in a thread of its own. Where the bundle holds own policies, a call of one that does not
 * end is ended with the thread; another thread judges the group again and excuses that policy from that subject.
 */
export class JudgeThread {
  private readonly bundle: Pick<Bundle, "catalogue" | "modules">;
  private readonly settings: ParamSettings;
  private readonly overruns: Overruns;
  private readonly watched: boolean;
  private readonly timer: NodeJS.Timeout | undefined;
  private readonly groups: Group[] = [];
  private progress: Progress;
  private worker: Worker;
  private ended: Promise<unknown> = Promise.resolve();
  private seen: number | undefined;
  private looks = 0;

  constructor({ catalogue, modules }: Bundle, settings: ParamSettings, overruns: Overruns) {
    this.bundle = { catalogue, modules };
    this.settings = settings;
    this.overruns = overruns;
    this.watched = modules.some(({ own }) => own);
    this.progress = new Progress(catalogue);
    this.worker = this.started();
    this.timer = this.watched ? setInterval(() => this.look(), LOOK_MS) : undefined;
  }

  /** Groups that are not judged yet. */
  get waiting(): number {
    return this.groups.length;
  }

  /** A line of outcomes for each. The error that stopped the thread. */
  judge(documents: readonly Uint8Array[]): Promise<readonly Uint8Array[]> {
    return new Promise((resolve, reject) => {
      const group: Group = { documents, excused: [], reached: 0, resolve, reject };
      this.groups.push(group);
      this.post(group);
    });
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all([this.ended, this.worker.terminate()]);
  }

  private started(): Worker {
    const file = new URL(`./thread${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);
    const { bundle, settings } = this;
    const workerData: ThreadData = { ...bundle, settings, progress: this.progress.shared };
    const worker = new Worker(file, { workerData, execArgv: [] });
    worker.on("message", (answer: ThreadAnswer) => {
      if (worker !== this.worker) return;
      const group = this.groups.shift();
      if ("code" in answer) group?.reject(new CountersignError(answer.code, answer.message));
      else group?.resolve(unpack(answer));
    });
    worker.on("error", (thrown) => {
      if (worker === this.worker)
        this.fail(`expected the evaluating thread to live, got ${messageOf(thrown)}`);
    });
    worker.on("exit", () => {
      if (worker === this.worker) this.fail("expected the evaluating thread to live, got its end");
    });
    return worker;
  }

  private post({ documents, excused, reached }: Group): void {
    const packed = pack(documents);
    const givenUp = this.overruns.givenUp().map((one) => ({ ...one, subject: reached, onwards: true }));
    const asked: Asked = { ...packed, singly: this.overruns.singly, excused: [...excused, ...givenUp] };
    this.worker.postMessage(asked, [packed.bytes.buffer, packed.ends.buffer]);
  }

  private fail(message: string): void {
    for (const { reject } of this.groups.splice(0)) reject(new CountersignError("E_INTERNAL", message));
  }

  private look(): void {
    const { turn, call } = this.progress;
    this.looks = turn !== undefined && turn === this.seen ? this.looks + 1 : 0;
    this.seen = turn;
    const still = this.looks >= MAX_LOOKS && turn === this.progress.turn; // else it is another call that was read
    if (still) this.again(call);
  }

  /** Ends the thread within a call; the next one judges the groups that wait, without that call. */
  private again({ subject, policyId }: Call): void {
    this.overruns.add(policyId);
    const [group] = this.groups;
    if (group !== undefined) group.reached = subject;
    if (policyId !== undefined) group?.excused.push({ subject, onwards: false, policyId, fault: TOO_LONG });
    this.ended = Promise.all([this.ended, this.worker.terminate()]);
    this.progress = new Progress(this.bundle.catalogue); // the old thread may still write for a moment
    this.looks = 0;
    this.worker = this.started();
    for (const group of this.groups) this.post(group);
  }
}
