import { compareStrings } from "../../../base/index.ts";
import type { Fact } from "../../../facts/index.ts";
import {
  Misshapen,
  count,
  flag,
  nonEmptyText,
  objectAt,
  objects,
  optional,
  optionalFlag,
  text,
  texts,
  type Json,
} from "../../shape.ts";
import { ext, fact, mountOf, type Answered, type Family } from "../operation.ts";
import {
  asksOf,
  instant,
  objectOrNone,
  optionalInstant,
  optionalText,
  sameAsAsked,
  tags,
  rowsOf,
} from "../rows.ts";

const DAY_S = 86_400;

const MANAGERS: Readonly<Record<string, "customer" | "provider">> = { CUSTOMER: "customer", AWS: "provider" };

const ABOUT_ONE = ["kms.key", "kms.policy", "kms.grants", "kms.tags"];

function listed(answered: Answered): { arn: string; id: string }[] {
  return objects(answered.body, "Keys").map((entry) => ({
    arn: nonEmptyText(entry, "KeyArn"),
    id: nonEmptyText(entry, "KeyId"),
  }));
}

function described(answered: Answered): { arn: string; name: string; of: Json } {
  const of = objectAt(answered.body, "KeyMetadata");
  const arn = sameAsAsked(nonEmptyText(of, "Arn"), answered, "arn", "KeyMetadata.Arn");
  return { arn, name: nonEmptyText(of, "KeyId"), of };
}

/**
 * Only a symmetric key whose material KMS made can be rotated by KMS; of every other one GetKeyRotationStatus says that it is
 * not supported. Source: "Rotate AWS KMS keys", AWS KMS Developer Guide.
 */
function rotates(of: Json): boolean {
  return nonEmptyText(of, "KeySpec") === "SYMMETRIC_DEFAULT" && nonEmptyText(of, "Origin") === "AWS_KMS";
}

/**
 * Symmetric keys whose material KMS made, or was given, may have had others before it, on a schedule or on demand: ListKeyRotations
 * tells of them. Source: "List rotations and key materials", AWS KMS Developer Guide.
 */
function hasHistory(of: Json): boolean {
  return (
    nonEmptyText(of, "KeySpec") === "SYMMETRIC_DEFAULT" &&
    ["AWS_KMS", "EXTERNAL"].includes(nonEmptyText(of, "Origin"))
  );
}

/** What lies behind a key of an external key store is changed there, unseen by AWS; the material of all the others never is. */
function neverRotates(of: Json): boolean {
  return !hasHistory(of) && nonEmptyText(of, "Origin") !== "EXTERNAL_KEY_STORE";
}

/** The history of AWS's own keys, and of those that are about to go, is nobody's to judge. */
function asksHistory(of: Json): boolean {
  return (
    hasHistory(of) &&
    nonEmptyText(of, "KeyManager") === "CUSTOMER" &&
    !nonEmptyText(of, "KeyState").startsWith("Pending")
  );
}

function key(answered: Answered): Fact[] {
  const { arn, name, of } = described(answered);
  const located = { mount: mountOf(answered), name };
  const manager = nonEmptyText(of, "KeyManager");
  const managed_by = MANAGERS[manager];
  if (managed_by === undefined) throw new Misshapen("KeyManager", "CUSTOMER or AWS", manager);
  const multi = objectOrNone(of, "MultiRegionConfiguration");
  return [
    fact(answered, "key", arn, {
      ...located,
      key_type: nonEmptyText(of, "KeySpec"),
      exportable: false,
      imported: nonEmptyText(of, "Origin") === "EXTERNAL",
      created_at: instant(of, "CreationDate"),
      managed_by,
      state: nonEmptyText(of, "KeyState"),
      usage: nonEmptyText(of, "KeyUsage"),
      origin: nonEmptyText(of, "Origin"),
      deletes_at: optionalInstant(of, "DeletionDate"),
      multi_region: optionalFlag(of, "MultiRegion"),
      ext: ext({
        material_expires_at: optionalInstant(of, "ValidTo"),
        custom_key_store: optionalText(of, "CustomKeyStoreId"),
        multi_region_type: optionalText(multi, "MultiRegionKeyType"),
        primary_key: optionalText(objectOrNone(multi, "PrimaryKey"), "Arn"),
      }),
    }),
    ...(rotates(of) ? [] : [fact(answered, "key_rotation", arn, { ...located, enabled: false })]),
    ...(neverRotates(of) ? [history(answered, arn)] : []),
  ];
}

function rotation(answered: Answered): Fact[] {
  const { body, params } = answered;
  const { arn = "", name = "" } = params;
  const days = optional(count)(body, "RotationPeriodInDays");
  return [
    fact(answered, "key_rotation", arn, {
      mount: mountOf(answered),
      name,
      enabled: flag(body, "KeyRotationEnabled"),
      period_s: days === undefined ? undefined : days * DAY_S,
      next_rotation_at: optionalInstant(body, "NextRotationDate"),
    }),
  ];
}

function history(answered: Answered, arn: string, last_rotated_at?: string): Fact {
  const { record, params } = answered;
  const { page_number } = params;
  return fact(answered, "key_rotation_history", page_number === undefined ? arn : `${arn}#${page_number}`, {
    key: `${record.store_id}:${arn}`,
    last_rotated_at,
  });
}

/** Completed rotations alone, all that there ever were; AWS does not say in which order. */
function rotations(answered: Answered): Fact[] {
  const { arn = "" } = answered.params;
  const dates = objects(answered.body, "Rotations").map((each) => instant(each, "RotationDate"));
  return [history(answered, arn, dates.toSorted(compareStrings).at(-1))];
}

/** Every key has a policy: without one nobody could use it. */
function policy(answered: Answered): Fact[] {
  const { arn = "" } = answered.params;
  return [
    fact(answered, "resource_policy", `${arn}#policy`, {
      resource: `${answered.record.store_id}:${arn}`,
      text: nonEmptyText(answered.body, "Policy"),
    }),
  ];
}

function grants(answered: Answered): Fact[] {
  const { arn = "" } = answered.params;
  return objects(answered.body, "Grants").map((grant) => {
    const grant_id = nonEmptyText(grant, "GrantId");
    const constraints = objectOrNone(grant, "Constraints");
    const grantee = optionalText(grant, "GranteePrincipal") ?? optionalText(grant, "GranteeServicePrincipal");
    if (grantee === undefined) throw new Misshapen("GranteePrincipal", "who may use the grant", undefined);
    return fact(answered, "key_grant", `${arn}#grant/${grant_id}`, {
      key: `${answered.record.store_id}:${arn}`,
      grant_id,
      grantee,
      operations: [...texts(grant, "Operations")].sort(),
      retiring_principal:
        optionalText(grant, "RetiringPrincipal") ?? optionalText(grant, "RetiringServicePrincipal"),
      issuing_account: optionalText(grant, "IssuingAccount"),
      created_at: optionalInstant(grant, "CreationDate"),
      encryption_context_equals: contextOf(constraints, "EncryptionContextEquals"),
      encryption_context_subset: contextOf(constraints, "EncryptionContextSubset"),
      ext: ext({ source_arn: optionalText(constraints, "SourceArn") }),
    });
  });
}

function contextOf(constraints: Json, name: string): Record<string, string> | undefined {
  if (constraints[name] === undefined) return undefined;
  const pairs = objectAt(constraints, name);
  return Object.fromEntries(Object.keys(pairs).map((one) => [one, text(pairs, one)]));
}

/** Some names of AWS's own keys stand before there is a key. */
function aliases(answered: Answered): Fact[] {
  const { account, region, params, record } = answered;
  const keys = `arn:${params["partition"] ?? ""}:kms:${region}:${account}:key/`;
  return objects(answered.body, "Aliases").map((alias) => {
    const target = optionalText(alias, "TargetKeyId");
    return fact(answered, "key_alias", nonEmptyText(alias, "AliasArn"), {
      mount: mountOf(answered),
      name: nonEmptyText(alias, "AliasName"),
      key: target === undefined ? undefined : `${record.store_id}:${keys}${target}`,
    });
  });
}

const about = rowsOf("kms", "regional", "{arn}");

const MARKED = { token: "NextMarker", input: "Marker", more: "Truncated" } as const;

/** AWS KMS: nothing that uses a key. */
export const kms: Family = {
  id: "kms",
  operations: [
    {
      ...about("keys", "Keys, AWS's own included", "ListKeys"),
      hides: [
        "key",
        "key_grant",
        "key_rotation",
        "key_rotation_history",
        "resource_labels",
        "resource_policy",
      ],
      resource: "arn:{partition}:kms:{region}:{account}:key/",
      input: () => ({ Limit: 1000 }),
      pages: MARKED,
      entries: [{ list: "Keys", id: (entry) => optionalText(entry, "KeyArn") ?? "" }],
      next: (answered) =>
        listed(answered).flatMap(({ arn, id }) => asksOf(answered, ABOUT_ONE, { arn, name: id })),
    },
    {
      ...about("key", "State, use, origin and deletion of a key", "DescribeKey"),
      hides: ["key", "key_rotation", "key_rotation_history"],
      input: ({ arn }) => ({ KeyId: arn }),
      unread: ["/KeyMetadata/Description"],
      facts: key,
      next: (answered) => {
        const { arn, name, of } = described(answered);
        const further = [
          ...(rotates(of) ? ["kms.rotation"] : []),
          ...(asksHistory(of) ? ["kms.rotations"] : []),
        ];
        return asksOf(answered, further, { arn, name });
      },
    },
    {
      ...about("rotation", "Rotation of a key", "GetKeyRotationStatus"),
      hides: ["key_rotation"],
      input: ({ arn }) => ({ KeyId: arn }),
      facts: rotation,
    },
    {
      ...about("rotations", "When the material of a key was replaced", "ListKeyRotations"),
      hides: ["key_rotation_history"],
      input: ({ arn }) => ({ KeyId: arn, Limit: 1000 }),
      pages: MARKED,
      facts: rotations,
    },
    {
      ...about("policy", "Policy of a key", "GetKeyPolicy"),
      hides: ["resource_policy"],
      // The one policy that a key has is called so: GetKeyPolicy, "PolicyName".
      input: ({ arn }) => ({ KeyId: arn, PolicyName: "default" }),
      facts: policy,
    },
    {
      ...about("grants", "Grants on a key", "ListGrants"),
      hides: ["key_grant"],
      input: ({ arn }) => ({ KeyId: arn, Limit: 100 }),
      pages: MARKED,
      facts: grants,
    },
    {
      ...about("tags", "Tags of a key", "ListResourceTags"),
      hides: ["resource_labels"],
      input: ({ arn }) => ({ KeyId: arn, Limit: 50 }),
      pages: MARKED,
      facts: (answered) => {
        const { arn = "", page_number } = answered.params;
        return [
          fact(
            answered,
            "resource_labels",
            `${arn}#labels${page_number === undefined ? "" : `/${page_number}`}`,
            {
              resource: `${answered.record.store_id}:${arn}`,
              labels: tags({ Tags: objects(answered.body, "Tags") }, "Tags", {
                key: "TagKey",
                value: "TagValue",
              }),
            },
          ),
        ];
      },
    },
    {
      ...about("aliases", "Aliases, and the keys that they lead to", "ListAliases"),
      hides: ["key_alias"],
      resource: "arn:{partition}:kms:{region}:{account}:alias/",
      input: () => ({ Limit: 100 }),
      pages: MARKED,
      entries: [{ list: "Aliases", id: (entry) => optionalText(entry, "AliasArn") ?? "" }],
      facts: aliases,
    },
  ],
  roots: ["kms.keys", "kms.aliases"],
};
