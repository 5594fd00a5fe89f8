import { textAt, textsAt } from "../counterparties/json.ts";
import type { VaultApi } from "../counterparties/vault-api.ts";
import { withNames, policyText, type Naming, type WorldSpec } from "./worlds.ts";

const ROLE = "oracle";

export interface Oracle {
  /** What the server says of each path, and under which names it knows the world's things. */
  ask(spec: WorldSpec): Promise<{ naming: Naming; capabilities: Map<string, string[]> }>;
}

/** Puts worlds into a real server one after another and asks it `sys/capabilities` with a token of that identity. */
export async function createOracle(root: VaultApi): Promise<Oracle> {
  const auth = await root.ok("GET", "sys/auth");
  const accessor = textAt(auth, "data", "token/", "accessor");
  await root.ok("PUT", `auth/token/roles/${ROLE}`, {
    allowed_policies_glob: ["*"],
    allowed_entity_aliases: ["*"],
    token_no_default_policy: true,
    orphan: true,
    token_ttl: "1h",
  });
  return {
    async ask(spec) {
      const made = await populate(root, accessor, spec);
      try {
        const paths = [...new Set(spec.paths)];
        const answer = await root.send("PUT", "sys/capabilities", { token: made.token, paths });
        // A list that the server cannot build is an error for every path.
        const capabilities = new Map(
          paths.map((path) => [path, answer.status === 200 ? textsAt(answer.body, "data", path) : ["deny"]]),
        );
        return { naming: made.naming, capabilities };
      } finally {
        await made.remove();
      }
    },
  };
}

async function populate(root: VaultApi, accessor: string, spec: WorldSpec) {
  const policy = (name: string): string => `w-${name}`;
  const undo: string[] = [];
  const groups: { id: string; name: string }[] = [];
  let entityId = "";
  if (spec.withEntity) {
    const entity = await root.ok("POST", "identity/entity", {
      name: spec.entityName,
      metadata: spec.metadata,
      policies: spec.entityPolicies.map(policy),
    });
    entityId = textAt(entity, "data", "id");
    undo.push(`identity/entity/id/${entityId}`);
    await root.ok("POST", "identity/entity-alias", {
      name: "al",
      canonical_id: entityId,
      mount_accessor: accessor,
      custom_metadata: { tier: "team" },
    });
  }
  const members = spec.withEntity ? [entityId] : [];
  const group = async (
    name: string,
    policies: readonly string[],
    body: Record<string, unknown>,
  ): Promise<string> => {
    const made = await root.ok("POST", "identity/group", { name, policies: policies.map(policy), ...body });
    const id = textAt(made, "data", "id");
    groups.push({ id, name });
    undo.push(`identity/group/id/${id}`);
    return id;
  };
  let child: string | undefined;
  for (const [index, policies] of spec.groupChain.entries()) {
    const body = child === undefined ? { member_entity_ids: members } : { member_group_ids: [child] };
    child = await group(`group-${index}`, policies, { metadata: { unit: `u${index}` }, ...body });
  }
  await group("group-other", spec.otherGroup, { member_entity_ids: members });
  const naming: Naming = { accessor, entityId, entityName: spec.entityName, aliasName: "al", groups, policy };
  for (const [name, rules] of Object.entries(spec.policies)) {
    const path = `sys/policies/acl/${policy(name)}`;
    const text = withNames(policyText(rules), naming);
    if (text === "") continue;
    await root.ok("PUT", path, { policy: Buffer.from(text).toString("base64") });
    undo.push(path);
  }
  const created = await root.ok("POST", `auth/token/create/${ROLE}`, {
    policies: [...spec.tokenPolicies, "own"].map(policy),
    ...(spec.withEntity ? { entity_alias: "al" } : {}),
  });
  const token = textAt(created, "auth", "client_token");
  return {
    naming,
    token,
    async remove() {
      await root.send("PUT", "auth/token/revoke", { token });
      for (const path of undo.reverse()) await root.send("DELETE", path);
    },
  };
}
