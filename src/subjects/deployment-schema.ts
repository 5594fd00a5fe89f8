import { Count, Text, Type, closed, literals } from "../facts/index.ts";
import { JudgedGaps, TierName, optional } from "./schema-parts.ts";

/** What a template or plan sets up for secrets, and no snapshot shows: a vault's own settings, what outputs tell, keys that are made for good. */
export const DeploymentSubject = closed({
  kind: Type.Literal("deployment"),
  id: Type.String({ minLength: 1, maxLength: 2048 }),
  name: Text,
  tier: optional(TierName),
  gaps: JudgedGaps,
  deployment_type: literals([
    "identity_key",
    "key_vault",
    "public_grant",
    "template",
    "vault_grant",
    "vault_log",
  ]),
  /** Of a template: outputs that tell a credential, which the history of deployments keeps in the clear, and what scripts and containers are given so. */
  outputs: optional(
    Type.Array(
      closed({
        /** By what its place is found. */
        thing: Text,
        name: Text,
        how: literals(["list_function", "secure_parameter", "secret_value"]),
        /** The resource that is given it in the clear; absent: it is an output. */
        of: optional(Text),
      }),
      { maxItems: 1000 },
    ),
  ),
  /** Of a template: parameters that take a credential and are not secure, so that the history of deployments keeps what they are given. */
  plain_parameters: optional(
    Type.Array(
      closed({
        /** By what its place is found. */
        thing: Text,
        name: Text,
        /** What takes its value, e.g. `vaults/secrets payments/db, value`. */
        feeds: Text,
      }),
      { maxItems: 1000 },
    ),
  ),
  /** Of a vault: whether what is deleted in it stays until its days are over, whoever wants it gone. Absent: not known. */
  purge_protected: optional(Type.Boolean()),
  /** How long what is deleted can be brought back. */
  soft_delete_days: optional(Count),
  /** Of a vault: whether it answers callers of any network. Absent: not known. */
  any_network: optional(Type.Boolean()),
  /** Of a vault: what says who may use what lies in it. Absent: not known. */
  access_model: optional(literals(["access_policies", "roles"])),
  /** Of a setting that sends a vault's logs somewhere: whether calls of its secrets and keys are among them. Absent: not known. */
  audit_logged: optional(Type.Boolean()),
  /** Of access to vaults that is given, or of what everyone is given. What of it is not known is absent. */
  grant: optional(
    closed({
      /** An id, or what the file calls it. */
      principal: optional(Text),
      /** As the input says it, e.g. `Group`. */
      principal_type: optional(Text),
      /** By name, or by its id where that is not known. */
      role: optional(Text),
      scope: optional(
        literals([
          "certificate",
          "key",
          "management_group",
          "resource_group",
          "secret",
          "subscription",
          "tenant",
          "vault",
        ]),
      ),
      /** All that it surely gives, in order. `all_data`: everything within vaults. `deploy_secrets`: as values of templates. */
      abilities: optional(
        Type.Array(
          literals([
            "all_data",
            "deploy_secrets",
            "grant_access",
            "list_secrets",
            "make_certificates",
            "make_keys",
            "manage_vaults",
            "purge_keys",
            "purge_secrets",
            "read_secrets",
            "use_keys",
            "write_secrets",
          ]),
          { maxItems: 12 },
        ),
      ),
      /** Whether something that is not worked out decides beside: a condition, or which model a vault goes by. */
      is_conditional: Type.Boolean(),
    }),
  ),
});
