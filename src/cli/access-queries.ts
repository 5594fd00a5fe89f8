import { resolve } from "node:path";
import {
  computeGrants,
  pathText,
  simulateText,
  type Grant,
  type GrantAction,
  type GrantModel,
} from "../access/index.ts";
import { CountersignError, EXIT, readBounded, readBoundedStream, type ExitCode } from "../base/index.ts";
import { parsePolicy } from "../connectors/index.ts";
import type { CommonOptions } from "./commands/command.ts";
import type { Environment } from "./environment.ts";
import { table } from "./output.ts";
import { openSnapshot } from "./snapshots.ts";

export interface AccessOptions extends CommonOptions {
  readonly from?: string;
  readonly action?: string;
}

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
  const model = await modelOf(environment, options);
  const target = theOne(model.targets, secret, "secret or key");
  const grants = model.whoCan(target.id, options.action as GrantAction | undefined);
  return shown(environment, options, model, { secret: target.id }, grants, [
    "principal",
    ({ principal_id }) => principal_id,
  ]);
}

export async function whatCan(
  environment: Environment,
  principal: string,
  options: AccessOptions,
): Promise<ExitCode> {
  const model = await modelOf(environment, options);
  const found = theOne(model.principals, principal, "principal");
  const grants = model.whatCan(found.id);
  return shown(environment, options, model, { principal: found.id }, grants, ["reaches", targetText]);
}

export async function accessPath(
  environment: Environment,
  principal: string,
  secret: string,
  options: AccessOptions,
): Promise<ExitCode> {
  const model = await modelOf(environment, options);
  const from = theOne(model.principals, principal, "principal");
  const to = theOne(model.targets, secret, "secret or key");
  const about = { principal: from.id, secret: to.id };
  return shown(environment, options, model, about, model.path(from.id, to.id), ["reaches", () => to.id]);
}

/** Answers a world file line by line, so that a large one streams. */
export async function simulateWorld({ terminal, cwd }: Environment, file: string): Promise<ExitCode> {
  // A pipe from another process may be a socket, which cannot be opened by the name /dev/stdin.
  const bytes =
    file === "-"
      ? await readBoundedStream(process.stdin, "standard input", WORLD)
      : await readBounded(resolve(cwd, file), WORLD);
  const text = bytes.toString("utf8");
  for (const answer of simulateText(text, { parsePolicy, file })) terminal.out(`${JSON.stringify(answer)}\n`);
  return EXIT.pass;
}

async function modelOf(environment: Environment, options: AccessOptions): Promise<GrantModel> {
  const { facts, manifest } = await openSnapshot(environment, options);
  return computeGrants(facts, { takenAt: manifest.taken_at });
}

/** The thing of that id or name, or the only one whose id ends so. E_NOT_FOUND lists what comes near. */
function theOne<T extends Named>(all: readonly T[], wanted: string, what: string): T {
  const exact = all.filter(({ id, name }) => id === wanted || name === wanted);
  const found =
    exact.length > 0 ? exact : all.filter(({ id }) => id.endsWith(`/${wanted}`) || id.endsWith(`:${wanted}`));
  const [first] = found;
  if (first !== undefined && found.length === 1) return first;
  const near = found.length > 0 ? found : all.filter(({ id }) => id.includes(wanted));
  const names = near.slice(0, MAX_CANDIDATES).map(({ id }) => id);
  const more = near.length > names.length ? ` and ${near.length - names.length} more` : "";
  throw new CountersignError("E_NOT_FOUND", `expected one ${what} called ${wanted}, got ${found.length}`, {
    fix:
      names.length > 0
        ? `Say which: ${names.join(", ")}${more}.`
        : "inventory.csv of a report lists them all.",
  });
}

function targetText(grant: Grant): string {
  const [first] = grant.targets();
  if (first === undefined) return "nothing now";
  return grant.target_count === 1 ? first : `${first} and ${grant.target_count - 1} more`;
}

/** Prints grants; incomplete where something that could hold access was not read. */
function shown(
  { terminal }: Environment,
  { json }: AccessOptions,
  model: GrantModel,
  about: Readonly<Record<string, string>>,
  grants: readonly Grant[],
  [heading, subject]: [string, (grant: Grant) => string],
): ExitCode {
  const { blindness } = model;
  const exit = blindness.length > 0 ? EXIT.incomplete : EXIT.pass;
  if (json === true) {
    const rows = grants.map((grant) => ({ ...grant, targets: [...grant.targets()] }));
    terminal.out(
      `${JSON.stringify({ ...about, complete: blindness.length === 0, grants: rows, blindness, exit })}\n`,
    );
    return exit;
  }
  const rows = grants.map((grant) => [
    subject(grant),
    grant.actions.join(" "),
    grant.certainty,
    [pathText(grant.path), ...grant.conditions.map((condition) => `if ${condition}`)].join("; "),
  ]);
  terminal.out(
    grants.length === 0
      ? "No path that is known.\n"
      : table([[heading, "can", "certainty", "path"], ...rows]),
  );
  if (blindness.length > 0) {
    const kinds = [...new Set(blindness.map(({ fact_kind, reason }) => `${fact_kind} (${reason})`))].sort();
    terminal.err(`\nNot everything could be read, so there may be more: ${kinds.join(", ")}.\n`);
  }
  return exit;
}
