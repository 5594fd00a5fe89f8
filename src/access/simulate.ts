import { CountersignError, messageOf } from "../base/index.ts";
import { compileSchema } from "../facts/index.ts";
import type { AclCapability, CompiledSchema } from "../facts/index.ts";
import { AwsWorld } from "./aws/world-schema.ts";
import { awsJudge, type AwsBecause } from "./aws/world.ts";
import type { Because } from "./hashicorp/decide.ts";
import { HashicorpWorld, worldJudge, type PolicyParser, type WorldVerdict } from "./hashicorp/world.ts";

interface SimulatePorts {
  /** Parser of the policies of Vault and OpenBao; lives with the connector. */
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
  readonly because: readonly (Because | AwsBecause)[];
  /** Conditions left standing, or, where the answer is only possible, what is missing. */
  readonly conditions: readonly string[];
  /** HashiCorp: the rule that decided grants sudo. */
  readonly sudo?: boolean;
  /** HashiCorp: as `sys/capabilities` answers for the path. */
  readonly capabilities?: readonly (AclCapability | "root")[];
  /** Why the request is refused where no rule says so. */
  readonly reason?: string;
}

/** A file may hold at most this many worlds. */
const MAX_WORLDS = 1_000_000;

/** A valid world's questions with their answers. */
type Answered = Iterable<Omit<WorldAnswer, "world">>;

interface Engine {
  /** Answers a world whose shape fits; undefined where it does not. */
  answer(world: unknown, ports: SimulatePorts): Answered | undefined;
  readonly schema: CompiledSchema<unknown>;
}

const ENGINES: Readonly<Record<string, Engine>> = {
  hashicorp: engine(compileSchema(HashicorpWorld), (world, { parsePolicy }) => {
    const judge = worldJudge(world, parsePolicy);
    return world.questions.map((question) => () => answerOf(question.id, judge(question)));
  }),
  aws: engine(compileSchema(AwsWorld), (world) => {
    const judge = awsJudge(world);
    return world.questions.map((question) => () => ({ ...named(question.id), ...judge(question) }));
  }),
};

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
  const chosen = engineOf(world, ports);
  const answers = chosen.answer(world, ports);
  if (answers === undefined) throw misfit(chosen.schema, ports);
  for (const answer of answers) yield { world: index, ...answer };
}

function engine<T>(
  schema: CompiledSchema<T>,
  answers: (world: T, ports: SimulatePorts) => readonly (() => Omit<WorldAnswer, "world">)[],
): Engine {
  return {
    schema,
    answer: (world, ports) => (schema.fits(world) ? lazily(answers(world, ports)) : undefined),
  };
}

function* lazily<T>(made: readonly (() => T)[]): Generator<T> {
  for (const make of made) yield make();
}

function named(id: string | undefined): { id?: string } {
  return id === undefined ? {} : { id };
}

function answerOf(
  id: string | undefined,
  { decision, certainty, conditions }: WorldVerdict,
): Omit<WorldAnswer, "world"> {
  return {
    ...named(id),
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

/** Providers whose engines are still to come. */
const PROVIDERS = ["azure", "gcp"];

interface Place {
  readonly file?: string;
  readonly line?: number;
}

function engineOf(world: unknown, { file, line }: Place): Engine {
  const provider =
    typeof world === "object" && world !== null && "provider" in world ? world.provider : undefined;
  const known = Object.keys(ENGINES).map((name) => JSON.stringify(name));
  if (typeof provider === "string" && PROVIDERS.includes(provider)) {
    throw malformed(
      `expected provider ${known.join(" or ")}, got "${provider}", whose engine is not built yet`,
      file,
      line,
    );
  }
  const found =
    typeof provider === "string" && Object.hasOwn(ENGINES, provider) ? ENGINES[provider] : undefined;
  if (found !== undefined) return found;
  if (typeof world !== "object" || world === null || Array.isArray(world))
    throw malformed("expected a world, got something that is not an object", file, line);
  throw malformed(
    `expected provider ${known.join(" or ")}, got ${provider === undefined ? "none" : JSON.stringify(provider)}`,
    file,
    line,
  );
}

function misfit(schema: CompiledSchema<unknown>, { file, line }: Place): CountersignError {
  const { path, expected, unknownKey, fix } = schema.misfit();
  const key = path.at(-1) ?? "";
  const within = path.slice(0, -1).join(".");
  const message = unknownKey
    ? `expected a known key${within === "" ? "" : ` in ${within}`}, got ${JSON.stringify(key)}`
    : `expected ${path.length === 0 ? "a world" : path.join(".")} that fits the format, got one that ${expected}`;
  return malformed(message, file, line, fix);
}

/** `fix`: beside the page that describes the format, which says the rest. */
function malformed(
  message: string,
  file: string | undefined,
  line: number | undefined,
  fix?: string,
): CountersignError {
  return new CountersignError("E_WORLD", message, {
    ...(file === undefined ? {} : { location: { file, ...(line === undefined ? {} : { line }) } }),
    fix: `${fix === undefined ? "" : `${fix} `}See docs/world-format.md.`,
  });
}
