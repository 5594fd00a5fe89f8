import { CountersignError, EXIT, counted, printable, type ExitCode } from "../base/index.ts";
import { compileSchema } from "../facts/index.ts";
import { Email, actorOf, roleSettings, type Actor, type ReviewDesk } from "../review/index.ts";
import type { CommonOptions } from "./commands/command.ts";
import type { Environment } from "./environment.ts";
import { collectProgress } from "./progress.ts";
import { openDesk, type OpenedDesk } from "./review-desk.ts";

/** Options of every command of the access review. */
export interface ReviewOptions extends CommonOptions {
  /** Email of who acts; else `COUNTERSIGN_USER` says. */
  readonly as?: string;
}

/** A desk, and who asks it. */
export interface AtDesk {
  readonly opened: OpenedDesk;
  readonly desk: ReviewDesk;
  readonly actor: Actor;
}

/** Opens the review, and closes it whatever happens. E_USAGE where nobody is named, and what opening throws. */
export async function atDesk(
  environment: Environment,
  options: ReviewOptions,
  work: (at: AtDesk) => Promise<ExitCode>,
): Promise<ExitCode> {
  const who = actorEmail(environment, options);
  const opened = await openDesk(environment, options);
  try {
    // Which groups somebody is in only the identity provider tells, and it is not asked here.
    const person = { ...(await opened.desk.people.whoIs(who)), signed_in_as: who };
    const actor = actorOf(person, roleSettings(opened.config.value.review ?? {}), []);
    return await work({ opened, desk: opened.desk, actor });
  } finally {
    await opened.close();
  }
}

function actorEmail({ env }: Environment, options: ReviewOptions): string {
  const named = (options.as ?? env["COUNTERSIGN_USER"] ?? "").trim();
  const isEmail: boolean = compileSchema(Email).fits(named);
  if (isEmail) return named.toLowerCase();
  const got = named === "" ? "none" : JSON.stringify(named.slice(0, 100));
  throw new CountersignError("E_USAGE", `expected the email of who acts, got ${got}`, {
    fix: "Write --as mia.hart@example.com, or set COUNTERSIGN_USER. It is recorded as you say it.",
  });
}

/** A person sees that something is going on. */
export async function busy<T>({ terminal }: Environment, during: string, work: () => Promise<T>): Promise<T> {
  const { done } = collectProgress(terminal, { during, after: during });
  try {
    return await work();
  } finally {
    done();
  }
}

/** Prints a result for programs, or for people without characters that could rewrite or reorder what they see. */
export function told({ terminal }: Environment, { json }: ReviewOptions, value: object, text: string): void {
  terminal.out(json === true ? `${JSON.stringify(value)}\n` : printable(text));
}

/** An act that has nothing to show but that it is done. */
export function done(
  environment: Environment,
  options: ReviewOptions,
  value: object,
  text: string,
): ExitCode {
  told(environment, options, value, `${text}\n`);
  return EXIT.pass;
}

/** `3 of 10 items`. */
export function progressText({
  done: count,
  total,
}: {
  readonly done: number;
  readonly total: number;
}): string {
  return `${count} of ${counted(total, "item")}`;
}

/** Rows of all pages. */
export async function everyRow<T>(
  page: (page: {
    readonly offset: number;
    readonly limit: number;
  }) => Promise<{ readonly total: number; readonly rows: readonly T[] }>,
): Promise<T[]> {
  const all: T[] = [];
  for (;;) {
    const { total, rows } = await page({ offset: all.length, limit: 200 });
    all.push(...rows);
    if (rows.length === 0 || all.length >= total) return all;
  }
}
