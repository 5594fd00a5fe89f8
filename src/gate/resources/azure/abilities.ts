import { wildGlob } from "../../../access/index.ts";
import type { ChangeSubjectOf } from "../../../subjects/index.ts";

/** What somebody may do with vaults and what lies in them. */
export type Ability = NonNullable<NonNullable<ChangeSubjectOf<"deployment">["grant"]>["abilities"]>[number];

/** Patterns of operations, as a role has them; what is taken out holds within the same block alone. */
export interface Permissions {
  readonly actions: readonly string[];
  readonly notActions: readonly string[];
  readonly dataActions: readonly string[];
  readonly notDataActions: readonly string[];
}

/** Kinds of things in a vault, as access policies name them. */
export type PolicyKind = "certificate" | "key" | "secret";

interface DataAbility {
  readonly ability: Ability;
  /** Any of these operations is enough, without `Microsoft.KeyVault/vaults/`. */
  readonly operations: readonly string[];
  readonly kind: PolicyKind;
  /** Any of these permissions of an access policy is enough. */
  readonly permissions: readonly string[];
}

/** Source: Azure resource provider operations, Microsoft.KeyVault; Azure Key Vault, "Migrate from access policy to RBAC". */
const DATA: readonly DataAbility[] = [
  {
    ability: "list_secrets",
    operations: ["secrets/readMetadata/action"],
    kind: "secret",
    permissions: ["list"],
  },
  { ability: "read_secrets", operations: ["secrets/getSecret/action"], kind: "secret", permissions: ["get"] },
  {
    ability: "write_secrets",
    operations: ["secrets/setSecret/action"],
    kind: "secret",
    permissions: ["set"],
  },
  { ability: "purge_secrets", operations: ["secrets/purge/action"], kind: "secret", permissions: ["purge"] },
  {
    ability: "use_keys",
    operations: ["keys/decrypt/action", "keys/release/action", "keys/sign/action", "keys/unwrap/action"],
    kind: "key",
    permissions: ["decrypt", "release", "sign", "unwrapkey"],
  },
  { ability: "make_keys", operations: ["keys/create/action"], kind: "key", permissions: ["create"] },
  { ability: "purge_keys", operations: ["keys/purge/action"], kind: "key", permissions: ["purge"] },
  {
    ability: "make_certificates",
    operations: ["certificates/create/action"],
    kind: "certificate",
    permissions: ["create"],
  },
];

/** What is done to vaults from without. Source: Azure resource provider operations, Microsoft.Authorization and Microsoft.KeyVault. */
const CONTROL: Readonly<Partial<Record<Ability, readonly string[]>>> = {
  deploy_secrets: ["Microsoft.KeyVault/vaults/deploy/action"],
  grant_access: [
    "Microsoft.Authorization/roleAssignments/write",
    "Microsoft.Authorization/roleDefinitions/write",
  ],
  manage_vaults: ["Microsoft.KeyVault/vaults/write", "Microsoft.KeyVault/vaults/accessPolicies/write"],
};

const VAULTS = "Microsoft.KeyVault/vaults/";

/** What a role gives, all of its blocks together, in order. */
export function abilitiesOf(blocks: readonly Permissions[]): Ability[] {
  const found = new Set<Ability>();
  for (const { actions, notActions, dataActions, notDataActions } of blocks) {
    const does = permits(actions, notActions);
    const touches = permits(dataActions, notDataActions);
    for (const [ability, operations] of Object.entries(CONTROL))
      if (operations.some(does)) found.add(ability as Ability);
    for (const { ability, operations } of DATA)
      if (operations.some((one) => touches(VAULTS + one))) found.add(ability);
  }
  return whole(found);
}

/** What an access policy gives: permissions by kind, in whatever case they are written. `all` is every one but `purge`. */
export function abilitiesByPolicy(given: Readonly<Record<PolicyKind, readonly string[]>>): Ability[] {
  const found = new Set<Ability>();
  for (const { ability, kind, permissions } of DATA) {
    const words = given[kind].map((one) => one.toLowerCase());
    const isAll = words.includes("all") && !permissions.includes("purge");
    if (isAll || permissions.some((one) => words.includes(one))) found.add(ability);
  }
  return whole(found);
}

/** Whoever may do each of these may do everything; without purging, which purge protection takes from all of them. */
function whole(found: Set<Ability>): Ability[] {
  const isWhole = DATA.every(({ ability }) => ability.startsWith("purge_") || found.has(ability));
  if (isWhole) found.add("all_data");
  return [...found].sort();
}

function permits(patterns: readonly string[], taken: readonly string[]): (operation: string) => boolean {
  const [given, without] = [patterns, taken].map((all) => all.map((one) => wildGlob(one.toLowerCase())));
  return (operation) => {
    const name = operation.toLowerCase();
    return (
      given?.some((one) => one.matches(name)) === true && without?.some((one) => one.matches(name)) !== true
    );
  };
}
