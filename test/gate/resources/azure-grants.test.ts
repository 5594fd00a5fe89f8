import { describe, expect, it } from "vitest";
import {
  abilitiesByPolicy,
  abilitiesOf,
  type Permissions,
} from "../../../src/gate/resources/azure/abilities.ts";
import { builtInRole, roleKey } from "../../../src/gate/resources/azure/roles.ts";
import { scopeOf } from "../../../src/gate/resources/azure/scope.ts";

const NOTHING: Permissions = { actions: [], notActions: [], dataActions: [], notDataActions: [] };

describe("where a scope lies", () => {
  const group = "/subscriptions/0000/resourceGroups/app";
  it.each([
    ["/", "tenant"],
    ["/providers/Microsoft.Management/managementGroups/all", "management_group"],
    ["/subscriptions/0000/", "subscription"],
    [group, "resource_group"],
    [group.toUpperCase(), "resource_group"],
    [`${group}/providers/Microsoft.KeyVault/vaults/payments`, "vault"],
    [`${group}/providers/microsoft.keyvault/managedhsms/module`, "vault"],
    [`${group}/providers/Microsoft.KeyVault/vaults/payments/secrets/db`, "secret"],
    [`${group}/providers/Microsoft.KeyVault/vaults/payments/keys/data`, "key"],
    [`${group}/providers/Microsoft.KeyVault/vaults/payments/certificates/web`, "certificate"],
    ["Microsoft.KeyVault/vaults/{parameters('vault')}", "vault"],
    [`${group}/providers/Microsoft.Storage/storageAccounts/logs`, "elsewhere"],
    [`${group}/providers/Microsoft.KeyVault/vaults/payments/other/x`, undefined],
    [`${group}/providers/Microsoft.KeyVault/vaults`, undefined],
    ["{parameters('scope')}", undefined],
    ["", undefined],
  ])("%s is %s", (id, scope) => {
    expect(scopeOf(id)).toBe(scope);
  });
});

describe("what a role gives", () => {
  it("takes out what is denied within the same block alone", () => {
    const all = { ...NOTHING, dataActions: ["*"], notDataActions: ["Microsoft.KeyVault/vaults/secrets/*"] };
    expect(abilitiesOf([all])).toEqual(["make_certificates", "make_keys", "purge_keys", "use_keys"]);
    const reads = { ...NOTHING, dataActions: ["microsoft.keyvault/vaults/secrets/getsecret/action"] };
    expect(abilitiesOf([all, reads])).toContain("read_secrets");
  });

  it("does not take actions for data actions", () => {
    expect(abilitiesOf([{ ...NOTHING, actions: ["*"] }])).toEqual([
      "deploy_secrets",
      "grant_access",
      "manage_vaults",
    ]);
  });

  it.each([
    ["8e3af657-a8ff-443c-a75c-2fe8c4bcb635", ["deploy_secrets", "grant_access", "manage_vaults"]],
    ["contributor", ["deploy_secrets", "manage_vaults"]],
    ["User Access Administrator", ["grant_access"]],
    ["Key Vault Secrets User", ["list_secrets", "read_secrets"]],
    ["Key Vault Secrets Officer", ["list_secrets", "purge_secrets", "read_secrets", "write_secrets"]],
    ["Key Vault Crypto User", ["use_keys"]],
    ["Storage Blob Data Reader", []],
  ])("%s", (called, abilities) => {
    expect(builtInRole(called)?.abilities).toEqual(abilities);
  });

  it("knows no role that is not listed", () => {
    expect(builtInRole("Logic App Contributor")).toBeUndefined();
    expect(builtInRole("constructor")).toBeUndefined();
  });

  it("finds the key of a role in its id, whatever its provider puts behind it", () => {
    expect(
      roleKey("/subscriptions/0/providers/Microsoft.Authorization/roleDefinitions/abc|/subscriptions/0"),
    ).toBe("abc");
    expect(roleKey("Owner")).toBe("Owner");
  });
});

describe("what an access policy gives", () => {
  it("takes `all` for everything but purging", () => {
    const abilities = abilitiesByPolicy({ certificate: ["All"], key: ["all"], secret: ["ALL"] });
    expect(abilities).toContain("all_data");
    expect(abilities).not.toContain("purge_secrets");
  });

  it("keeps kinds apart", () => {
    expect(abilitiesByPolicy({ certificate: ["get"], key: ["all"], secret: [] })).toEqual([
      "make_keys",
      "use_keys",
    ]);
  });
});
