import { Type, type Static } from "../../facts/index.ts";
import type { RequestContext } from "./context.ts";
import type { KeyGrant } from "./evaluate.ts";
import { all, any, standing, unclear, type Formula } from "./formula.ts";
import { principalEntries, type PrincipalEntry } from "./principal-entry.ts";
import { namings, type Requester } from "./requester.ts";

const Pairs = Type.Record(Type.String(), Type.String());

/** A grant as `kms:ListGrants` lists it. */
export const Grant = Type.Object(
  {
    GranteePrincipal: Type.String(),
    Operations: Type.Array(Type.String()),
    Constraints: Type.Optional(
      Type.Object(
        {
          EncryptionContextSubset: Type.Optional(Pairs),
          EncryptionContextEquals: Type.Optional(Pairs),
        },
        { additionalProperties: false },
      ),
    ),
    GrantId: Type.Optional(Type.String()),
    KeyId: Type.Optional(Type.String()),
    Name: Type.Optional(Type.String()),
    RetiringPrincipal: Type.Optional(Type.String()),
    IssuingAccount: Type.Optional(Type.String()),
    CreationDate: Type.Optional(Type.Union([Type.String(), Type.Number()])),
  },
  { additionalProperties: false },
);

export type Grant = Static<typeof Grant>;

/**
 * What a grant gives a requester for an action; nothing where it does not (KMS Developer Guide, "Grants in KMS", "Using grant
 * constraints"). A grant never denies.
 */
export function keyGrants(
  grant: Grant,
  label: string,
  { action, requester, context }: { action: string; requester: Requester; context: RequestContext },
): KeyGrant[] {
  const operation = action.slice(action.indexOf(":") + 1).toLowerCase();
  if (!grant.Operations.some((one) => one.toLowerCase() === operation)) return [];
  const grantee = granteeEntries(grant.GranteePrincipal);
  if (grantee === undefined) {
    const why = `${label} names ${JSON.stringify(grant.GranteePrincipal)}, which is no principal`;
    return [{ label, named: "direct", when: unclear(why, why, false) }];
  }
  const met = constraintsMet(grant, context);
  return namings({ except: false, of: grantee }, requester).map(({ as, when }) => ({
    label,
    named: as,
    when: all([met, when]),
  }));
}

/** ARN of a principal, or a service for grants that it made for itself. */
export function granteeEntries(grantee: string): readonly PrincipalEntry[] | undefined {
  for (const kind of ["AWS", "Service"]) {
    const found = principalEntries({ [kind]: grantee }, () => [grantee]);
    if ("entries" in found) return found.entries;
  }
  return undefined;
}

const PREFIX = "kms:EncryptionContext:";

/** Pairs match exactly and with case; `Equals` also asks that there are no others. */
function constraintsMet({ Constraints: constraints }: Grant, context: RequestContext): Formula {
  const subset = constraints?.EncryptionContextSubset ?? {};
  const equals = constraints?.EncryptionContextEquals;
  const pairs = Object.entries({ ...subset, ...equals }).map(([name, value]) =>
    pairMet(name, value, context),
  );
  return all([...pairs, equals === undefined ? true : hasNoOthers(Object.keys(equals), context)]);
}

function pairMet(name: string, wanted: string, context: RequestContext): Formula {
  const value = context.get(`${PREFIX}${name}`);
  if (value === "absent") return false;
  if (!("unknown" in value)) return value.values.length === 1 && value.values[0] === wanted;
  const text = `the encryption context has ${name} ${wanted}`;
  return value.unknown.certainty === "conditional" ? standing(text) : unclear(text, value.unknown.why, false);
}

function hasNoOthers(names: readonly string[], context: RequestContext): Formula {
  const keys = context.get("kms:EncryptionContextKeys");
  if (keys === "absent") return names.length === 0;
  if (!("unknown" in keys)) return any([keys.values.every((key) => names.includes(key))]);
  const text = `the encryption context has no keys but ${names.join(", ")}`;
  return keys.unknown.certainty === "conditional" ? standing(text) : unclear(text, keys.unknown.why, false);
}
