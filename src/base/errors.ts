/**
 * Every way the product can fail, once. A code is stable; scripts may match on it. `docs/errors.md` is generated from
 * this table and a test keeps the two equal.
 */

/** Exit codes of every command. */
export const EXIT = {
  pass: 0,
  violations: 1,
  usage: 2,
  incomplete: 3,
  integrity: 4,
  environment: 5,
  internal: 70,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** When several apply, the first of these is the process's exit code; `--json` lists all. */
const PRECEDENCE: readonly ExitCode[] = [
  EXIT.interrupted,
  EXIT.internal,
  EXIT.integrity,
  EXIT.environment,
  EXIT.usage,
  EXIT.violations,
  EXIT.incomplete,
  EXIT.pass,
];

/** The code a process ends with when all of `codes` apply; pass when none does. */
export function worstExit(codes: readonly ExitCode[]): ExitCode {
  return PRECEDENCE.find((code) => codes.includes(code)) ?? EXIT.pass;
}

export const ERRORS = {
  E_USAGE: { exit: EXIT.usage, summary: "The command line is not one the command understands." },
  E_CONFIG: {
    exit: EXIT.usage,
    summary: "countersign.yaml is missing, malformed, or has an unknown or invalid key.",
  },
  E_CONFIG_LITERAL: {
    exit: EXIT.usage,
    summary: "countersign.yaml holds a credential instead of a reference to one.",
  },
  E_REFERENCE: { exit: EXIT.usage, summary: "A ${env:…} or vault:… reference does not resolve." },
  E_POLICY: {
    exit: EXIT.usage,
    summary:
      "A policy does not compile, lacks its annotations, contradicts itself, or takes too much time or memory.",
  },
  E_BUNDLE: { exit: EXIT.usage, summary: "A policy bundle is malformed or does not match its catalogue." },
  E_COMPILER: { exit: EXIT.usage, summary: "No policy compiler is to be had on this machine." },
  E_MAPPING: {
    exit: EXIT.usage,
    summary: "A control mapping is malformed or names a policy that does not exist.",
  },
  E_WORLD: { exit: EXIT.usage, summary: "A world file for `access simulate` is malformed." },
  E_IAM: {
    exit: EXIT.usage,
    summary: "An AWS policy document does not follow the grammar of IAM's policies.",
  },
  E_HCL: { exit: EXIT.usage, summary: "A Vault policy is not valid HCL 1 or JSON." },
  E_INPUT: { exit: EXIT.usage, summary: "An input file is malformed or exceeds a named limit." },
  E_SQL: {
    exit: EXIT.usage,
    summary: "A query is not SQL that the engine understands, or names what is not there.",
  },
  E_LIMIT: { exit: EXIT.environment, summary: "The work takes more memory or rows than it is allowed." },
  E_NOT_FOUND: { exit: EXIT.usage, summary: "The named secret, principal, snapshot or file is not there." },
  E_AMBIGUOUS: { exit: EXIT.usage, summary: "A name is that of several: the id says which is meant." },
  E_CONFLICT: { exit: EXIT.usage, summary: "Somebody else changed it since it was read: look again." },
  E_FORBIDDEN: { exit: EXIT.usage, summary: "Whoever asks may not do that." },
  E_REVIEW: { exit: EXIT.usage, summary: "A decision of an access review breaks a rule of its campaign." },
  E_UNSEEN: {
    exit: EXIT.incomplete,
    summary:
      "The named secret or principal was not found where not everything could be read: it may be there. Or the newest snapshot read nothing, and an older one did.",
  },
  E_UNREACHABLE: { exit: EXIT.incomplete, summary: "A store did not answer." },
  E_DENIED: { exit: EXIT.incomplete, summary: "A store refused the collector." },
  E_SEALED: { exit: EXIT.incomplete, summary: "A store is sealed or not initialised." },
  E_MALFORMED: { exit: EXIT.incomplete, summary: "A store answered with something that is not its API." },
  E_VAULT_LOCKED: { exit: EXIT.usage, summary: "No configured key opens the embedded vault." },
  E_ROLLBACK: {
    exit: EXIT.integrity,
    summary: "The embedded vault is older than what is remembered of it, or nothing remembers it.",
  },
  E_INTEGRITY: { exit: EXIT.integrity, summary: "Kept bytes do not match their digest." },
  E_DISK: { exit: EXIT.environment, summary: "The disk is full, or a file cannot be read or written." },
  E_CLOCK: {
    exit: EXIT.environment,
    summary:
      "The clock is wrong, or was: it tells a time before 1970, or the newest snapshot lies after now.",
  },
  E_STATE_LOCKED: {
    exit: EXIT.environment,
    summary: "Another process holds the state directory, or the directory of the report.",
  },
  E_RUNTIME: { exit: EXIT.environment, summary: "The Node runtime is too old or lacks something." },
  E_INTERNAL: { exit: EXIT.internal, summary: "A bug of ours." },
  E_INTERRUPTED: {
    exit: EXIT.interrupted,
    summary: "Interrupted; state is consistent and the work can be resumed.",
  },
} as const satisfies Record<string, { exit: ExitCode; summary: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** A place in a file that a person wrote. Lines and columns count from 1. */
export interface Location {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

export interface ErrorDetails {
  /** Where in the input the problem stands. */
  readonly location?: Location;
  /** One sentence: what the person can do. */
  readonly fix?: string;
  readonly cause?: unknown;
}

/**
 * The only error that leaves a module. `message` says "expected …, got …" and never holds a secret value or a raw
 * payload. Foreign errors are wrapped where they enter and kept as `cause`.
 */
export class CountersignError extends Error {
  override readonly name = "CountersignError";
  readonly code: ErrorCode;
  readonly location: Location | undefined;
  readonly fix: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.location = details.location;
    this.fix = details.fix;
  }

  get exit(): ExitCode {
    return ERRORS[this.code].exit;
  }
}

/** Fails as our own bug (exit 70) unless `condition` holds. Never used on input. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new CountersignError("E_INTERNAL", message);
}

/** The message of whatever was thrown; libraries throw strings and plain objects too. Never throws itself. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message;
  if (typeof thrown !== "object" || thrown === null) return String(thrown);
  try {
    return JSON.stringify(thrown);
  } catch {
    return "an object that is no error";
  }
}
