import { TEAMS, leadOf, mailOf, type Team } from "../company.ts";
import { seedOf, seeded } from "../random.ts";
import { HOME, SECOND } from "./terms.ts";

/**
 * The part of Harbour & Pine Payments, a fictional company, that lives in AWS: three accounts of one organisation. Faults are
 * named in a comment where they are put in.
 */
export const STAGES = ["tooling", "production", "staging"] as const;
export type Stage = (typeof STAGES)[number];

/** How much of what each account has; 500 secrets, 400 parameters, 150 roles and 60 users in all. */
export const PLAN: Readonly<
  Record<Stage, { secrets: number; parameters: number; roles: number; users: number; keys: number }>
> = {
  tooling: { secrets: 60, parameters: 60, roles: 20, users: 30, keys: 3 },
  production: { secrets: 300, parameters: 240, roles: 90, users: 20, keys: 8 },
  staging: { secrets: 140, parameters: 100, roles: 40, users: 10, keys: 4 },
};

const WHATS = [
  "database",
  "api-key",
  "webhook",
  "smtp",
  "oauth-client",
  "signing-key",
  "partner-token",
  "cache",
  "queue",
  "sftp",
] as const;

/** Kinds of values whose loss would be worst. */
const CRITICAL = new Set<string>(["database", "signing-key", "partner-token"]);

/** Kinds that a Lambda function rotates. */
const ROTATED = new Set<string>(["database", "cache", "queue"]);

export interface SecretSpec {
  readonly name: string;
  readonly region: string;
  readonly tags: Readonly<Record<string, string | undefined>>;
  /** Number of the customer's own key in its account; absent: the provider's. */
  readonly key?: number;
  readonly createdDaysAgo: number;
  /** Absent: the first value is still the current one. */
  readonly changedDaysAgo?: number;
  readonly rotation?: { readonly days: number; readonly setUpDaysAgo: number };
  readonly policy?: "everyone" | "partner" | "team";
  readonly deleted?: true;
}

const ownerOf = (team: Team): string => mailOf(leadOf(team));

export function secretSpecs(stage: Stage): SecretSpec[] {
  return Array.from({ length: PLAN[stage].secrets }, (_, index) => secretSpec(stage, index));
}

function secretSpec(stage: Stage, index: number): SecretSpec {
  const team = TEAMS[index % TEAMS.length]!;
  const what = WHATS[Math.floor(index / TEAMS.length) % WHATS.length]!;
  const serial = Math.floor(index / (TEAMS.length * WHATS.length));
  const name = `${stage}/${team}/${what}${serial === 0 ? "" : `-${serial + 1}`}`;
  const random = seeded(seedOf(name));
  const critical = CRITICAL.has(what);
  const createdDaysAgo = random.between(40, 860);
  const changed = random.between(1, createdDaysAgo);
  return {
    name,
    region: stage === "production" && serial === 2 && what === "api-key" ? SECOND : HOME,
    tags: {
      // A fault: one in twelve has no owner, one in fifteen no tier.
      owner: random.chance(1 / 12) ? undefined : ownerOf(team),
      tier: random.chance(1 / 15)
        ? undefined
        : critical
          ? "critical"
          : what === "api-key"
            ? "high"
            : "standard",
      environment: stage,
      team,
    },
    // A fault: one in six of the critical ones is under the provider's key.
    ...(critical && !random.chance(1 / 6) ? { key: index % PLAN[stage].keys } : {}),
    createdDaysAgo,
    ...(random.chance(0.6) ? { changedDaysAgo: changed } : {}),
    ...rotationOf(what, random.between(0, 9), Math.min(changed, 700)),
    ...openness(stage, index),
    // A fault: deletion is pending, and roles that read it are still there.
    ...(index === 17 ? { deleted: true as const } : {}),
  };
}

function rotationOf(what: string, lot: number, setUpDaysAgo: number): Pick<SecretSpec, "rotation"> {
  if (!ROTATED.has(what) || lot === 0) return {};
  // A fault: one in ten is to be rotated every 400 days. Some were set up long ago and never rotated since.
  const days = lot === 1 ? 400 : 30;
  return { rotation: { days, setUpDaysAgo: lot < 8 ? Math.min(setUpDaysAgo, 20) : setUpDaysAgo } };
}

/** Faults: one secret that everyone may read, two that a partner's account may. */
function openness(stage: Stage, index: number): Pick<SecretSpec, "policy"> {
  if (stage === "staging" && index === 5) return { policy: "everyone" };
  if (stage === "production" && (index === 23 || index === 24)) return { policy: "partner" };
  return index % 50 === 8 ? { policy: "team" } : {};
}

export interface ParameterSpec {
  readonly name: string;
  readonly type: "SecureString" | "String" | "StringList";
  readonly tags: Readonly<Record<string, string | undefined>>;
  readonly key?: number;
  readonly createdDaysAgo: number;
}

const PARAMETERS = [
  ["endpoint", "String"],
  ["log-level", "String"],
  ["password", "SecureString"],
  ["allowed-hosts", "StringList"],
  ["token", "SecureString"],
  ["private-key", "SecureString"],
  ["rate-limit", "String"],
  ["api-key", "SecureString"],
] as const;

export function parameterSpecs(stage: Stage): ParameterSpec[] {
  return Array.from({ length: PLAN[stage].parameters }, (_, index) => {
    const team = TEAMS[index % TEAMS.length]!;
    const [what, type] = PARAMETERS[Math.floor(index / TEAMS.length) % PARAMETERS.length]!;
    const service = `${team}-${["api", "worker", "jobs", "web"][Math.floor(index / 64)] ?? "web"}`;
    const name = `/${stage}/${service}/${what}`;
    const random = seeded(seedOf(name));
    // A fault: some that hold a secret were put as plain text.
    const plain = what === "api-key" && random.chance(1 / 5);
    return {
      name,
      type: plain ? "String" : type,
      tags: { team, environment: stage, owner: random.chance(1 / 10) ? undefined : ownerOf(team) },
      ...(type === "SecureString" && !plain && random.chance(0.5) ? { key: index % PLAN[stage].keys } : {}),
      createdDaysAgo: random.between(5, 800),
    };
  });
}
