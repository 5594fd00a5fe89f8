import { resolve } from "node:path";
import { TARGET_KINDS, computeGrants, simulateText, type Grant, type GrantAction } from "../access/index.ts";
import { EXIT, readBounded, readBoundedStream, utf8Text, type ExitCode } from "../base/index.ts";
import { parsePolicy } from "../hashicorp/index.ts";
import { blindnessJson, gapLines, hiding, kindsText, unseen, type Unseen } from "./access-gaps.ts";
import { administersKey } from "./access-keys.ts";
import { TARGET, theOne, thePrincipal, type Principals, type SeenAccess } from "./access-names.ts";
import type { CommonOptions } from "./commands/command.ts";
import type { Environment } from "./environment.ts";
import { foldedText, grantsText, principalNames, toldGrants } from "./access-text.ts";
import { wrapped } from "./output.ts";
import { lastThatRead, openSnapshot } from "./snapshots.ts";
import { unreadSources } from "./unread.ts";

export interface AccessOptions extends CommonOptions {
  readonly from?: string;
  readonly action?: string;
  /** List also those whom only what could not be read may let in. */
  readonly all?: boolean;
}

/** What a principal's list says nothing of: a rule for a path where nothing is yet gives access to what comes there. */
const EXISTING =
  "Listed is what the snapshot has. What a policy allows on paths where nothing is yet is not: read the policy for that.";

/** Largest world file: it is read whole, and no string is longer than twice this. */
const MAX_WORLD_BYTES = 256 * 1024 * 1024;

const WORLD = { what: "a world file", maxBytes: MAX_WORLD_BYTES, code: "E_WORLD" } as const;

export async function whoCan(
  environment: Environment,
  secret: string,
  options: AccessOptions,
): Promise<ExitCode> {
  const seen = await openAccess(environment, options);
  const target = theOne(seen, TARGET, secret);
  const grants = seen.model.whoCan(target.id, options.action as GrantAction | undefined);
  return shown(environment, options, {
    about: { secret: target.id },
    grants,
    column: ["principal", principalNames(grants)],
    folds: true,
    unseen: unseen(seen.model.blindness, seen.facts.gaps, target.id),
  });
}

export async function whatCan(
  environment: Environment,
  principal: string,
  options: AccessOptions,
): Promise<ExitCode> {
  const seen = await openAccess(environment, options);
  const { model } = seen;
  const { gaps } = seen.facts;
  const found = thePrincipal(environment, seen, principal);
  return shown(environment, options, {
    about: aboutPrincipal(found),
    grants: found.flatMap(({ id }) => model.whatCan(id)),
    column: ["reaches", targetText],
    covers: EXISTING,
    unseen: unseen([...model.blindness, ...hiding(gaps, TARGET_KINDS)], gaps, found[0].id),
  });
}

export async function accessPath(
  environment: Environment,
  principal: string,
  secret: string,
  options: AccessOptions,
): Promise<ExitCode> {
  const seen = await openAccess(environment, options);
  const from = thePrincipal(environment, seen, principal);
  const to = theOne(seen, TARGET, secret);
  const grants = from.flatMap(({ id }) => seen.model.path(id, to.id));
  const covers = grants.length === 0 ? administersKey(seen, from, to.id) : undefined;
  return shown(environment, options, {
    about: { ...aboutPrincipal(from), secret: to.id },
    grants,
    ...(covers === undefined ? {} : { covers }),
    column: ["reaches", () => to.id],
    unseen: unseen(seen.model.blindness, seen.facts.gaps, to.id),
  });
}

/** Answers a world file line by line, so that a large one streams. */
export async function simulateWorld({ terminal, cwd }: Environment, file: string): Promise<ExitCode> {
  // A pipe from another process may be a socket, which cannot be opened by the name /dev/stdin.
  const bytes =
    file === "-"
      ? await readBoundedStream(process.stdin, "standard input", WORLD)
      : await readBounded(resolve(cwd, file), WORLD);
  const text = utf8Text(bytes, { file, code: "E_WORLD" });
  for (const answer of simulateText(text, { parsePolicy, file })) terminal.out(`${JSON.stringify(answer)}\n`);
  return EXIT.pass;
}

async function openAccess(environment: Environment, options: AccessOptions): Promise<SeenAccess> {
  const { facts, manifest } = await openSnapshot(environment, options);
  const seen = { model: computeGrants(facts, { takenAt: manifest.taken_at }), facts };
  const stores = unreadSources({ facts, manifest });
  if (stores.length === 0) return seen;
  const last = await lastThatRead(environment, options, manifest, stores);
  return { ...seen, unread: last === undefined ? { stores } : { stores, last } };
}

/** `principals` is there where a person's login and identity are told as one. */
function aboutPrincipal(found: Principals): Answer["about"] {
  const [{ id }, ...others] = found;
  return { principal: id, ...(others.length === 0 ? {} : { principals: found.map((one) => one.id) }) };
}

function targetText(grant: Grant): string {
  const [first] = grant.targets();
  if (first === undefined) return "nothing now";
  return grant.target_count === 1 ? first : `${first} and ${grant.target_count - 1} more`;
}

interface Answer {
  readonly about: Readonly<Record<string, string | readonly string[]>>;
  readonly grants: readonly Grant[];
  /** Heading of the first column, and what stands there. */
  readonly column: readonly [string, (grant: Grant) => string];
  /** What the answer is about and what not, where that is easily mistaken. */
  readonly covers?: string;
  /** The surest first, and those whom only what could not be read may let in are counted. */
  readonly folds?: true;
  readonly unseen: Unseen;
}

/** Prints grants; incomplete where something that could hold access was not read, or one of them is only possible. */
function shown(
  { terminal }: Environment,
  { json, all }: AccessOptions,
  { about, grants, column: [heading, subject], covers, folds, unseen: hidden }: Answer,
): ExitCode {
  const { blindness } = hidden;
  const unsure = grants.some(({ certainty }) => certainty === "possible");
  const complete = blindness.length === 0 && !unsure;
  const exit = complete ? EXIT.pass : EXIT.incomplete;
  if (json === true) {
    const rows = grants.map((grant) => ({ ...grant, targets: [...grant.targets()] }));
    const words = blindnessJson(hidden);
    terminal.out(`${JSON.stringify({ ...about, complete, grants: rows, blindness: words, exit })}\n`);
    return exit;
  }
  const told = folds === true ? toldGrants(grants, { all: all === true }) : { grants, folded: [] };
  terminal.out(
    told.grants.length === 0
      ? "No path that is known.\n"
      : grantsText(told.grants, subject, heading, terminal),
  );
  if (told.folded.length > 0) terminal.out(`\n${foldedText(told.folded, terminal.columns)}`);
  if (covers !== undefined) terminal.err(`\n${wrapped(covers, terminal.columns ?? Infinity, "")}`);
  if (unsure) terminal.err("\nWhat is only possible rests on something that could not be read.\n");
  if (blindness.length > 0) {
    const lines = gapLines(hidden).map((line) => wrapped(line, terminal.columns ?? Infinity, "  "));
    terminal.err(
      `\nNot everything could be read, so there may be more: ${kindsText(hidden)}.\n${lines.join("")}`,
    );
  }
  return exit;
}
