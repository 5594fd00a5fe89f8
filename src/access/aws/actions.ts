import { GRANT_ACTIONS, type GrantAction } from "../grant.ts";
import { parseArn } from "./arn.ts";

/** What an action is authorised on: the thing itself, everything (`*`), or the paths above a parameter. */
export type On = "self" | "everything" | "paths_above";

interface Entry {
  readonly action: string;
  readonly on: On;
}

const self = (...actions: readonly string[]): Entry[] => actions.map((action) => ({ action, on: "self" }));
const everything = (action: string): Entry => ({ action, on: "everything" });

/**
 * Which actions make up what a grant says, by service (Service Authorization Reference). Each is a way of its own.
 * `share` hands the value out, `administer` lets its holder give anyone anything; `detours.ts` finds the detours.
 */
const ACTIONS: Readonly<Record<string, Partial<Record<GrantAction, readonly Entry[]>>>> = {
  secretsmanager: {
    read: self("secretsmanager:GetSecretValue"),
    list: [
      ...self("secretsmanager:DescribeSecret", "secretsmanager:ListSecretVersionIds"),
      everything("secretsmanager:ListSecrets"),
    ],
    write: self(
      "secretsmanager:PutSecretValue",
      "secretsmanager:UpdateSecret",
      "secretsmanager:UpdateSecretVersionStage",
      "secretsmanager:RestoreSecret",
    ),
    delete: self("secretsmanager:DeleteSecret"),
    rotate: self("secretsmanager:RotateSecret", "secretsmanager:CancelRotateSecret"),
    share: self("secretsmanager:PutResourcePolicy", "secretsmanager:ReplicateSecretToRegions"),
    administer: self("secretsmanager:PutResourcePolicy", "secretsmanager:DeleteResourcePolicy"),
  },
  // All four ways of reading return values; a deny on a parameter does not stop a read of a path above it.
  ssm: {
    read: [
      ...self("ssm:GetParameter", "ssm:GetParameters", "ssm:GetParameterHistory"),
      { action: "ssm:GetParametersByPath", on: "paths_above" },
    ],
    list: [...self("ssm:ListTagsForResource"), everything("ssm:DescribeParameters")],
    write: self("ssm:PutParameter", "ssm:LabelParameterVersion", "ssm:UnlabelParameterVersion"),
    delete: self("ssm:DeleteParameter", "ssm:DeleteParameters"),
    share: self("ssm:PutResourcePolicy"),
    administer: self("ssm:PutResourcePolicy", "ssm:DeleteResourcePolicy"),
  },
  kms: {
    read: self("kms:Decrypt", "kms:ReEncryptFrom"),
    list: self("kms:DescribeKey", "kms:ListGrants", "kms:GetKeyPolicy"),
    write: self(
      "kms:Encrypt",
      "kms:GenerateDataKey",
      "kms:GenerateDataKeyWithoutPlaintext",
      "kms:ReEncryptTo",
    ),
    delete: self("kms:ScheduleKeyDeletion", "kms:DisableKey", "kms:DeleteImportedKeyMaterial"),
    rotate: self("kms:RotateKeyOnDemand", "kms:EnableKeyRotation", "kms:DisableKeyRotation"),
    share: self("kms:CreateGrant", "kms:PutKeyPolicy"),
    administer: self("kms:PutKeyPolicy", "kms:CreateGrant"),
  },
};

/** An action with everything that it gives. */
export interface Asked {
  readonly action: string;
  readonly on: On;
  readonly gives: readonly GrantAction[];
}

/** The actions of a service that grants speak of, once each. */
export function askedOf(service: string): readonly Asked[] {
  const known = ASKED.get(service);
  if (known !== undefined) return known;
  const found = new Map<string, { action: string; on: On; gives: GrantAction[] }>();
  for (const gives of GRANT_ACTIONS) {
    for (const { action, on } of ACTIONS[service]?.[gives] ?? []) {
      const one = found.get(action) ?? { action, on, gives: [] };
      one.gives.push(gives);
      found.set(action, one);
    }
  }
  ASKED.set(service, [...found.values()]);
  return [...found.values()];
}

const ASKED = new Map<string, readonly Asked[]>();

/** One request that does what a grant says. */
export interface Way {
  readonly action: string;
  readonly resource: string;
  /** What the request carries by itself. */
  readonly context: Readonly<Record<string, string>>;
}

/** A path may have at most this many levels; Parameter Store allows fifteen. */
const MAX_LEVELS = 32;

/** Every request by which someone may do that to a secret, parameter or key; none where its service has no such action. */
export function waysTo(action: GrantAction, resource: string): readonly Way[] {
  const entries = ACTIONS[parseArn(resource)?.service ?? ""]?.[action] ?? [];
  return entries.flatMap((entry): readonly Way[] => {
    switch (entry.on) {
      case "self":
        return [{ action: entry.action, resource, context: {} }];
      case "everything":
        return [{ action: entry.action, resource: "*", context: {} }];
      case "paths_above":
        return pathsAbove(resource).map(({ path, recursive }) => ({
          action: entry.action,
          resource: path,
          context: { "ssm:Recursive": String(recursive) },
        }));
    }
  });
}

/**
 * The paths whose listing returns a parameter: its own folder, and recursively each above, up to the root. GetParametersByPath is
 * authorised on the requested path alone (Systems Manager User Guide, "Working with parameter hierarchies").
 */
export function pathsAbove(
  parameter: string,
): readonly { readonly path: string; readonly recursive: boolean }[] {
  const at = parameter.indexOf(":parameter/");
  if (at < 0) return [];
  const base = parameter.slice(0, at + ":parameter".length);
  const levels = parameter
    .slice(base.length + 1)
    .split("/")
    .slice(0, -1)
    .slice(0, MAX_LEVELS);
  return [...levels.keys()]
    .map((depth) => ({
      path: `${base}/${levels.slice(0, depth + 1).join("/")}`,
      recursive: depth + 1 < levels.length,
    }))
    .concat({ path: `${base}/`, recursive: levels.length > 0 })
    .reverse();
}
