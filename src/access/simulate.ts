import { CountersignError, messageOf } from "../base/index.ts";
import { compileSchema } from "../facts/index.ts";
import type { AclCapability } from "../facts/index.ts";
import type { Because } from "./hashicorp/decide.ts";
import { HashicorpWorld, worldJudge, type PolicyParser, type WorldVerdict } from "./hashicorp/world.ts";

interface SimulatePorts {
  /** Parser of the provider's policy language; lives with the connector. */
  readonly parsePolicy: PolicyParser;
  /** Name of the input in errors. */
  readonly file?: string;
}

/** One answer, in the order of the questions; printed as one line of JSON. */
export interface WorldAnswer {
  /** Place of the world in its file, from 0. */
  readonly world: number;
  readonly id?: string;
  readonly decision: "allow" | "deny";
  readonly certainty: "certain" | "conditional" | "possible";
  readonly explicit_deny: boolean;
  /** Empty for an implicit deny without any rule. */
  readonly because: readonly Because[];
  /** Conditions left standing, or, where the answer is only possible, what is missing. */
  readonly conditions: readonly string[];
  /** The rule that decided grants sudo. */
  readonly sudo: boolean;
  /** As `sys/capabilities` answers for the path. */
  readonly capabilities: readonly (AclCapability | "root")[];
  /** Why the request is refused although a rule gives the operation, or before any rule is looked at. */
  readonly reason?: string;
}

/** A file may hold at most this many worlds. */
const MAX_WORLDS = 1_000_000;

const schema = compileSchema(HashicorpWorld);

/**
 * Answers the questions of a world file: one world, or one a line. Reads nothing else.
 * E_WORLD with the place of an unknown key or a misfit, E_HCL with line and column of a policy.
 */
export function* simulateText(text: string, ports: SimulatePorts): Generator<WorldAnswer> {
  let index = 0;
  for (const { value, line } of worldsIn(text, ports.file)) {
    yield* simulate(value, { ...ports, ...(line === undefined ? {} : { line }) }, index);
    index += 1;
  }
}

/** Answers the questions of one world. */
export function* simulate(
  world: unknown,
  ports: SimulatePorts & { readonly line?: number },
  index = 0,
): Generator<WorldAnswer> {
  const valid = validWorld(world, ports);
  const judge = worldJudge(valid, ports.parsePolicy);
  for (const question of valid.questions) yield answerOf(index, question.id, judge(question));
}

function answerOf(
  world: number,
  id: string | undefined,
  { decision, certainty, conditions }: WorldVerdict,
): WorldAnswer {
  return {
    world,
    ...(id === undefined ? {} : { id }),
    decision: decision.allowed ? "allow" : "deny",
    certainty,
    explicit_deny: decision.explicitDeny,
    because: decision.because,
    conditions,
    sudo: decision.sudo,
    capabilities: decision.capabilities,
    ...(decision.reason === undefined ? {} : { reason: decision.reason }),
  };
}

function* worldsIn(text: string, file: string | undefined): Generator<{ value: unknown; line?: number }> {
  const whole = parsed(text);
  if ("value" in whole) {
    yield whole;
    return;
  }
  const lines = text.split("\n").map((line, at) => ({ line: line.trim(), number: at + 1 }));
  const filled = lines.filter(({ line }) => line !== "");
  const first = filled[0] === undefined ? whole : parsed(filled[0].line);
  // Not even the first line is JSON by itself: the file is one broken document.
  if (!("value" in first)) throw malformed(`expected JSON, got ${whole.error}`, file, undefined);
  if (filled.length > MAX_WORLDS)
    throw malformed(`expected at most ${MAX_WORLDS} worlds, got more`, file, undefined);
  for (const { line, number } of filled) {
    const world = parsed(line);
    if (!("value" in world)) throw malformed(`expected JSON, got ${world.error}`, file, number);
    yield { value: world.value, line: number };
  }
}

function parsed(text: string): { value: unknown } | { error: string } {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (thrown) {
    return { error: messageOf(thrown) };
  }
}

const PROVIDERS = ["aws", "azure", "gcp"];

function validWorld(
  world: unknown,
  { file, line }: { readonly file?: string; readonly line?: number },
): HashicorpWorld {
  const provider =
    typeof world === "object" && world !== null && "provider" in world ? world.provider : undefined;
  if (typeof provider === "string" && PROVIDERS.includes(provider)) {
    throw malformed(
      `expected provider "hashicorp", got "${provider}", whose engine is not built yet`,
      file,
      line,
    );
  }
  if (schema.fits(world)) return world;
  const { path, expected, unknownKey } = schema.misfit();
  const key = path.at(-1) ?? "";
  const within = path.slice(0, -1).join(".");
  const message = unknownKey
    ? `expected a known key${within === "" ? "" : ` in ${within}`}, got ${JSON.stringify(key)}`
    : `expected ${path.length === 0 ? "a world" : path.join(".")} that fits the format, got one that ${expected}`;
  throw malformed(message, file, line);
}

function malformed(message: string, file: string | undefined, line: number | undefined): CountersignError {
  return new CountersignError("E_WORLD", message, {
    ...(file === undefined ? {} : { location: { file, ...(line === undefined ? {} : { line }) } }),
    fix: "See docs/world-format.md.",
  });
}
