import { abilitiesOf, type Ability, type Permissions } from "./abilities.ts";

/** A role of which it is known what it gives. */
export interface Role {
  readonly name: string;
  readonly abilities: readonly Ability[];
}

interface Listed extends Partial<Permissions> {
  readonly id: string;
}

const IN_VAULTS = "Microsoft.KeyVault/vaults/";

/** Without what gives nothing of vaults: of that, roles have more. Source: Azure RBAC documentation, "Azure built-in roles". */
const BUILT_IN: Readonly<Record<string, Listed>> = {
  Owner: { id: "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", actions: ["*"] },
  Contributor: {
    id: "b24988ac-6180-42a0-ab88-20f7382dd24c",
    actions: ["*"],
    notActions: ["Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write"],
  },
  "User Access Administrator": {
    id: "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
    actions: ["Microsoft.Authorization/*"],
  },
  "Role Based Access Control Administrator": {
    id: "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
    actions: ["Microsoft.Authorization/roleAssignments/write"],
  },
  "Key Vault Administrator": {
    id: "00482a5a-887f-4fb3-b363-3b7fe8e74483",
    dataActions: [`${IN_VAULTS}*`],
  },
  "Key Vault Certificate User": {
    id: "db79e9a7-68ee-4b58-9aeb-b90e7c24fcba",
    dataActions: [`${IN_VAULTS}secrets/getSecret/action`, `${IN_VAULTS}secrets/readMetadata/action`],
  },
  "Key Vault Certificates Officer": {
    id: "a4417e6f-fecd-4de8-b567-7b0420556985",
    dataActions: [`${IN_VAULTS}certificates/*`],
  },
  "Key Vault Contributor": {
    id: "f25e0fa2-a7c8-4377-a976-54943a77a395",
    actions: ["Microsoft.KeyVault/*"],
  },
  "Key Vault Crypto Officer": {
    id: "14b46e9e-c2b7-41b4-b07b-48a6ebf60603",
    dataActions: [`${IN_VAULTS}keys/*`],
  },
  "Key Vault Crypto Service Encryption User": {
    id: "e147488a-f6f5-4113-8e2d-b22465e65bf6",
    dataActions: [`${IN_VAULTS}keys/wrap/action`, `${IN_VAULTS}keys/unwrap/action`],
  },
  "Key Vault Crypto Service Release User": {
    id: "08bbd89e-9f13-488c-ac41-acfcb10c90ab",
    dataActions: [`${IN_VAULTS}keys/release/action`],
  },
  "Key Vault Crypto User": {
    id: "12338af0-0e69-4776-bea7-57ae8d297424",
    dataActions: ["decrypt", "encrypt", "sign", "unwrap", "verify", "wrap"].map(
      (one) => `${IN_VAULTS}keys/${one}/action`,
    ),
  },
  "Key Vault Data Access Administrator": {
    id: "8b54135c-b56d-4d72-a534-26097cfdc8d8",
    actions: ["Microsoft.Authorization/roleAssignments/write"],
  },
  "Key Vault Reader": {
    id: "21090545-7ca7-4776-b22c-e363652d74d2",
    dataActions: [`${IN_VAULTS}secrets/readMetadata/action`],
  },
  "Key Vault Secrets Officer": {
    id: "b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
    dataActions: [`${IN_VAULTS}secrets/*`],
  },
  "Key Vault Secrets User": {
    id: "4633458b-17de-408a-b874-0445c86b69e6",
    dataActions: [`${IN_VAULTS}secrets/getSecret/action`, `${IN_VAULTS}secrets/readMetadata/action`],
  },
  // What is given for whole groups of resources often, and gives nothing of vaults.
  AcrPull: { id: "7f951dda-4ed3-4680-a7ca-43fe172d538d" },
  "Monitoring Metrics Publisher": { id: "3913510d-42f4-4e42-8a64-420c390055eb" },
  "Monitoring Reader": { id: "43d0d8ad-25c7-4714-9337-8ba259a9fe05" },
  "Network Contributor": { id: "4d97b98b-1d4f-4787-a291-c67834d212e7" },
  Reader: { id: "acdd72a7-3385-48ef-bd42-f606fba81ae7" },
  "Storage Blob Data Contributor": { id: "ba92f5b4-2d11-453d-a403-e96b0029c9fe" },
  "Storage Blob Data Owner": { id: "b7e6dc6d-f1e8-4753-8033-0f276bb0955b" },
  "Storage Blob Data Reader": { id: "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1" },
};

const NOTHING: Permissions = { actions: [], notActions: [], dataActions: [], notDataActions: [] };

const KNOWN: ReadonlyMap<string, Role> = new Map(
  Object.entries(BUILT_IN).flatMap(([name, { id, ...given }]) => {
    const role = { name, abilities: abilitiesOf([{ ...NOTHING, ...given }]) };
    return [
      [id, role],
      [name.toLowerCase(), role],
    ] as const;
  }),
);

/** A role of Azure's own by its id or its name; undefined of one that is not known here. */
export function builtInRole(called: string): Role | undefined {
  return KNOWN.get(called.toLowerCase());
}

/** What an id of a role ends in; a name is as it is. */
export function roleKey(id: string): string {
  return /(?:^|\/)roleDefinitions\/([^/|]+)/i.exec(id)?.[1] ?? id;
}
