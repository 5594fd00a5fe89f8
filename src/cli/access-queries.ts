import { resolve } from "node:path";
import {
  POPULATION_KINDS,
  TARGET_KINDS,
  computeGrants,
  pathLines,
  simulateText,
  type Grant,
  type GrantAction,
  type GrantModel,
} from "../access/index.ts";
import {
  CountersignError,
  EXIT,
  readBounded,
  readBoundedStream,
  utf8Text,
  type ExitCode,
} from "../base/index.ts";
import { parsePolicy } from "../connectors/index.ts";
import type { FactKind, FactSet } from "../facts/index.ts";
import { gapLines, hiding, kindsText, unseen, type Unseen } from "./access-gaps.ts";
import type { CommonOptions } from "./commands/command.ts";
import type { Environment } from "./environment.ts";
import { table, wrapped, type Terminal } from "./output.ts";
import { openSnapshot } from "./snapshots.ts";

export interface AccessOptions extends CommonOptions {
  readonly from?: string;
  readonly action?: string;
}

/** What a principal's list says nothing of: a rule for a path where nothing is yet gives access to what comes there. */
const EXISTING =
  "Listed is what the snapshot has. What a policy allows on paths where nothing is yet is not: read the policy for that.";

/** Most candidates that an ambiguous name lists. */
const MAX_CANDIDATES = 10;

/** Largest world file: it is read whole, and no string is longer than twice this. */
const MAX_WORLD_BYTES = 256 * 1024 * 1024;

const WORLD = { what: "a world file", maxBytes: MAX_WORLD_BYTES, code: "E_WORLD" } as const;

interface Named {
  readonly id: string;
  readonly name: string;
}

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
    column: ["principal", ({ principal_id }) => principal_id],
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
    about: { principal: found.id },
    grants: model.whatCan(found.id),
    column: ["reaches", targetText],
    covers: EXISTING,
    unseen: unseen([...model.blindness, ...hiding(gaps, TARGET_KINDS)], gaps, found.id),
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
  return shown(environment, options, {
    about: { principal: from.id, secret: to.id },
    grants: seen.model.path(from.id, to.id),
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

/** The access of a snapshot, and what of it could not be read. */
interface SeenAccess {
  readonly model: GrantModel;
  readonly facts: FactSet;
}

async function openAccess(environment: Environment, options: AccessOptions): Promise<SeenAccess> {
  const { facts, manifest } = await openSnapshot(environment, options);
  return { model: computeGrants(facts, { takenAt: manifest.taken_at }), facts };
}

/** What a command can be asked for, and the kinds of facts without which it may be there unseen. */
interface Sought {
  readonly what: string;
  readonly among: (model: GrantModel) => readonly Named[];
  readonly kinds: readonly FactKind[];
  /** What was perhaps meant by a name that nothing has. */
  readonly meant?: (facts: FactSet, wanted: string) => readonly Named[];
}

const TARGET: Sought = {
  what: "secret or key",
  among: ({ targets }) => targets,
  kinds: TARGET_KINDS,
  meant: byRequestPath,
};
const PRINCIPAL: Sought = {
  what: "principal",
  among: ({ principals }) => principals,
  kinds: POPULATION_KINDS,
};

/** Findings name tokens, too: one that is an identity's has what that identity has, and at most that. */
function thePrincipal({ terminal }: Environment, seen: SeenAccess, wanted: string): Named {
  const { facts, model } = seen;
  const known = new Set(model.principals.map(({ id }) => id));
  const tokens = facts
    .of("token")
    .filter(({ id }) => !known.has(id))
    .map(({ id }) => ({ id, name: id }));
  const among = (): readonly Named[] => [...model.principals, ...tokens];
  const found = theOne(seen, { ...PRINCIPAL, among }, wanted);
  if (known.has(found.id)) return found;
  const token = facts.of("token").find(({ id }) => id === found.id);
  const holder = facts
    .of("principal")
    .find(
      (one) =>
        one.store_id === token?.store_id && one.scope === token.scope && one.native_id === token.entity_id,
    );
  if (holder === undefined) throw notOne(seen, PRINCIPAL, wanted, []);
  terminal.err(`${found.id} is a token of ${holder.id}: what this identity can, the token at most.\n\n`);
  return holder;
}

/**
 * The thing of that id, or the only one of that name or whose id ends so: a name may be that of an identity and of a user
 * of another's. E_NOT_FOUND lists what comes near; where a gap may hide it, E_UNSEEN names the gaps: that it was not found
 * says nothing then.
 */
function theOne(seen: SeenAccess, sought: Sought, wanted: string): Named {
  const all = sought.among(seen.model);
  const exact = all.find(({ id }) => id === wanted);
  if (exact !== undefined) return exact;
  const found = all.filter(({ id, name }) => name === wanted || endsWithName(id, wanted));
  const [first] = found;
  if (first !== undefined && found.length === 1) return first;
  throw notOne(seen, sought, wanted, found);
}

function endsWithName(id: string, wanted: string): boolean {
  return id === wanted || id.endsWith(`/${wanted}`) || id.endsWith(`:${wanted}`);
}

/** Folders behind a mount of KV version 2 in the paths of requests and policies; names of secrets are without. */
const REQUEST_FOLDERS = ["data/", "metadata/"];

/** Secrets whose path in requests, as policies write it, this is. */
function byRequestPath(facts: FactSet, wanted: string): readonly Named[] {
  if (!REQUEST_FOLDERS.some((folder) => wanted.includes(folder))) return [];
  const versioned = new Set(
    facts
      .of("mount")
      .filter(({ engine, engine_version }) => engine === "kv" && engine_version === "2")
      .map(({ scope, path }) => `${scope}\n${path}`),
  );
  return facts.of("secret").filter(({ id, scope, mount, name }) => {
    const before = id.slice(0, id.length - name.length);
    return (
      versioned.has(`${scope}\n${mount}`) &&
      REQUEST_FOLDERS.some((folder) => endsWithName(`${before}${folder}${name}`, wanted))
    );
  });
}

function notOne(
  { model, facts }: SeenAccess,
  { what, among, kinds, meant }: Sought,
  wanted: string,
  found: readonly Named[],
): CountersignError {
  const { gaps } = facts;
  const asked = found.length > 0 ? [] : (meant?.(facts, wanted) ?? []);
  const near =
    [found, asked].find(({ length }) => length > 0) ?? among(model).filter(({ id }) => id.includes(wanted));
  const names = near.slice(0, MAX_CANDIDATES).map(({ id }) => id);
  const more = near.length > names.length ? ` and ${near.length - names.length} more` : "";
  const expected = `expected one ${what} called ${wanted}, got ${found.length}`;
  const why =
    asked.length > 0 ? "This is the path of requests; a secret's name is without data/ or metadata/. " : "";
  const say = names.length > 0 ? `${why}Say which: ${names.join(", ")}${more}.` : "";
  const unknown = model.blindness.filter(({ gap }) => gap === undefined);
  const hidden = unseen([...unknown, ...hiding(gaps, kinds)], gaps, wanted);
  if (found.length > 0 || hidden.blindness.length === 0) {
    return new CountersignError("E_NOT_FOUND", expected, {
      fix: say === "" ? "inventory.csv of a report lists them all." : say,
    });
  }
  const unread = gapLines(hidden).join("; ") || kindsText(hidden);
  return new CountersignError("E_UNSEEN", `${expected}, and not everything could be read: ${unread}`, {
    fix: `${say === "" ? "It" : `${say} Else it`} may be there unseen: let the collector read that too, and collect again.`,
  });
}

function targetText(grant: Grant): string {
  const [first] = grant.targets();
  if (first === undefined) return "nothing now";
  return grant.target_count === 1 ? first : `${first} and ${grant.target_count - 1} more`;
}

interface Answer {
  readonly about: Readonly<Record<string, string>>;
  readonly grants: readonly Grant[];
  /** Heading of the first column, and what stands there. */
  readonly column: readonly [string, (grant: Grant) => string];
  /** What the answer is about and what not, where that is easily mistaken. */
  readonly covers?: string;
  readonly unseen: Unseen;
}

/** A table; where the terminal is too narrow for it, each grant with its path, step by step, below its subject. */
function grantsText(
  grants: readonly Grant[],
  subject: (grant: Grant) => string,
  heading: string,
  { columns = Infinity }: Pick<Terminal, "columns">,
): string {
  const steps = ({ path, conditions }: Grant): string[] => [
    ...pathLines(path),
    ...conditions.map((condition) => `if ${condition}`),
  ];
  const rows = grants.map((grant) => [
    subject(grant),
    grant.actions.join(" "),
    grant.certainty,
    steps(grant).join("; "),
  ]);
  const wide = table([[heading, "can", "certainty", "path"], ...rows]);
  if (wide.split("\n").every(({ length }) => length <= columns)) return wide;
  return [...Map.groupBy(grants, subject)]
    .map(([name, same]) => {
      const told = same.map((grant) => {
        const head = wrapped(`${grant.actions.join(" ")}: ${grant.certainty}`, columns, "  ");
        return (
          head +
          steps(grant)
            .map((step) => wrapped(step, columns, "    "))
            .join("")
        );
      });
      return wrapped(name, columns, "") + told.join("");
    })
    .join("\n");
}

/** Prints grants; incomplete where something that could hold access was not read, or one of them is only possible. */
function shown(
  { terminal }: Environment,
  { json }: AccessOptions,
  { about, grants, column: [heading, subject], covers, unseen: hidden }: Answer,
): ExitCode {
  const { blindness } = hidden;
  const unsure = grants.some(({ certainty }) => certainty === "possible");
  const complete = blindness.length === 0 && !unsure;
  const exit = complete ? EXIT.pass : EXIT.incomplete;
  if (json === true) {
    const rows = grants.map((grant) => ({ ...grant, targets: [...grant.targets()] }));
    terminal.out(`${JSON.stringify({ ...about, complete, grants: rows, blindness, exit })}\n`);
    return exit;
  }
  terminal.out(
    grants.length === 0 ? "No path that is known.\n" : grantsText(grants, subject, heading, terminal),
  );
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
