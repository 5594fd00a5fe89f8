/** States in which AWS refuses to use a secret or a key, whatever policies say. */
export const THING_STATES = [
  "scheduled_for_deletion",
  "disabled",
  "pending_deletion",
  "pending_import",
  "unavailable",
  "unknown",
] as const;

export type ThingState = (typeof THING_STATES)[number];

/** What has to happen before AWS lets anyone do something to a thing again. */
export interface Hindrance {
  /** As a condition: that it has happened. */
  readonly until: string;
  /** Calls on the thing by which somebody brings it about, all of them; none: no call does so alone. */
  readonly by: readonly string[];
}

/**
 * Calls that answer InvalidRequestException, "The secret is scheduled for deletion" (Secrets Manager API Reference, each call). The
 * secret may still be described, listed, restored and deleted.
 */
const OF_SECRETS: ReadonlySet<string> = new Set(
  [
    "DeleteResourcePolicy",
    "GetSecretValue",
    "PutResourcePolicy",
    "PutSecretValue",
    "ReplicateSecretToRegions",
    "RotateSecret",
    "UpdateSecret",
    "UpdateSecretVersionStage",
  ].map((call) => `secretsmanager:${call.toLowerCase()}`),
);

/** Calls that a key refuses unless it is enabled (KMS Developer Guide, "Key states of AWS KMS keys", table). */
const OF_KEYS = /^kms:(?:creategrant|decrypt|encrypt|generatedatakey.*|reencrypt.*)$/;

const OF_STATES: Readonly<Record<ThingState, Hindrance>> = {
  scheduled_for_deletion: {
    until: "the secret, which is scheduled for deletion, is restored",
    by: ["secretsmanager:RestoreSecret"],
  },
  disabled: { until: "the key, which is disabled, is enabled", by: ["kms:EnableKey"] },
  // When its deletion is cancelled, a key is disabled.
  pending_deletion: {
    until: "the key, which is pending deletion, is kept and enabled",
    by: ["kms:CancelKeyDeletion", "kms:EnableKey"],
  },
  pending_import: { until: "the key, which has no key material, is given it", by: [] },
  unavailable: { until: "the key, whose key store is disconnected, is available", by: [] },
  // Such as `Creating`, or one that KMS adds later: not every state lets a key be used.
  unknown: { until: "the key, whose state does not say that it can be used, can be used", by: [] },
};

/** What keeps a call from having an effect on a thing in a state; undefined where nothing does. */
export function hindranceOf(state: ThingState | undefined, action: string): Hindrance | undefined {
  if (state === undefined) return undefined;
  const name = action.toLowerCase();
  const refused = state === "scheduled_for_deletion" ? OF_SECRETS.has(name) : OF_KEYS.test(name);
  return refused ? OF_STATES[state] : undefined;
}

/** Calls on a thing by which somebody may bring it back for an action, whichever state it is in. */
export function revivingCalls(action: string): readonly string[] {
  return [...new Set(THING_STATES.flatMap((state) => hindranceOf(state, action)?.by ?? []))];
}

/** The state of a key as KMS writes it (`DescribeKey`, `KeyState`), in any case; undefined where it can be used, or nobody told. */
export function keyStateOf(written: string | undefined): ThingState | undefined {
  switch (written?.toLowerCase().replaceAll("_", "")) {
    case "disabled":
      return "disabled";
    case "pendingdeletion":
    case "pendingreplicadeletion":
      return "pending_deletion";
    case "pendingimport":
      return "pending_import";
    case "unavailable":
      return "unavailable";
    case "enabled":
    case undefined:
      return undefined;
    default:
      return "unknown";
  }
}
