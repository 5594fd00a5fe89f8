import type { GrantAction, Through } from "../../access/index.ts";
import type { FactOf } from "../../facts/index.ts";
import { shellWord, type Asked, type Proposed } from "./proposal.ts";

/** Policies of Vault and OpenBao, and what they are given to. Undefined of statements of others. */
export function vaultChange(asked: Asked): Proposed | undefined {
  const { statement, others, item } = asked;
  const slot = statement.through.find(({ kind }) => kind === "key_slot");
  if (slot !== undefined) return slotChange(slot);
  const token = asked.fact("token", item.principal.id);
  if (token !== undefined) return tokenChange(token);
  const document = asked.fact("policy_document", statement.policy_id);
  if (document?.policy_type !== "acl") return undefined;
  const given = others === 0 ? undefined : assignment(asked, document);
  if (given?.kind === "vault_policy_assignment") return narrowerPolicy(asked, document, given) ?? given;
  return given ?? ruleChange(asked, document);
}

function tokenChange({ accessor, display_name, scope, store_id }: FactOf<"token">): Proposed {
  return {
    kind: "vault_token",
    what: `Revoke the token ${display_name}: the policies of a token cannot be changed`,
    where: accessor,
    commands: [vault(scope, store_id, ["token", "revoke", "-accessor", accessor])],
    reaches: "principal",
    lost: () => true,
  };
}

function slotChange({ id = "", name }: Through): Proposed {
  return {
    kind: "vault_slot",
    what: `Shut the key ${name} out of the vault: a key opens all of it`,
    where: id,
    commands: [
      `countersign vault slot remove ${shellWord(id.slice(id.lastIndexOf("/") + 1).replace(/^.*:/, ""))}`,
    ],
    reaches: "principal",
    lost: () => true,
  };
}

/** Takes the policy, or the group that has it, from the principal alone. */
function assignment(asked: Asked, document: FactOf<"policy_document">): Proposed | undefined {
  const { statement, item, fact } = asked;
  const [first] = statement.through.filter(({ id }) => id !== item.principal.id);
  if (first === undefined) return policyOf(asked, document, item.principal.id);
  if (first.kind === "group") return groupChange(asked, first);
  const role = fact("auth_role", first.id);
  if (role === undefined) return undefined;
  if (role.role_type === "group") return outsideGroup(asked, first);
  return asked.identityOf(role.id) === item.principal.id ? policyOf(asked, document, role.id) : undefined;
}

function groupChange(asked: Asked, link: Through): Proposed {
  const { item, fact, identityOf } = asked;
  const group = fact("group", link.id);
  const entity = fact("principal", identityOf(item.principal.id) ?? item.principal.id);
  const isMember = entity !== undefined && group?.member_entity_ids.includes(entity.native_id) === true;
  if (group === undefined || !isMember || group.group_type !== "internal") return outsideGroup(asked, link);
  const left = group.member_entity_ids.filter((id) => id !== entity.native_id);
  const path = `identity/group/id/${group.native_id}`;
  return {
    kind: "vault_group_member",
    what: `Take the entity ${entity.name} out of the group ${group.name}`,
    where: group.id,
    commands: [vault(group.scope, group.store_id, ["write", path, `member_entity_ids=${left.join(",")}`])],
    terraform_hint: `vault_identity_group or vault_identity_group_member_entity_ids of the group "${group.name}"`,
    reaches: "principal",
    lost: throughLink(link),
  };
}

/** Of a group that something outside fills. */
function outsideGroup({ item }: Asked, link: Through): Proposed {
  return {
    kind: "vault_group_member",
    what: `Take ${item.principal.name} out of the group ${link.name}, in the directory that fills it`,
    where: link.id ?? link.name,
    commands: [],
    reaches: "principal",
    lost: throughLink(link),
  };
}

function throughLink(link: Through): Proposed["lost"] {
  return ({ through }) => through.some(({ id, name }) => id === link.id && name === link.name);
}

/** A policy that the entity, role or user bears itself. */
function policyOf(
  { fact }: Asked,
  { name, id }: FactOf<"policy_document">,
  holderId: string,
): Proposed | undefined {
  const entity = fact("principal", holderId);
  const role = fact("auth_role", holderId);
  const holder = entity ?? role;
  if (holder === undefined || !holder.policies.includes(name)) return undefined;
  const left = holder.policies.filter((policy) => policy !== name).join(",");
  const path = holder.id.slice(holder.store_id.length + 1);
  const setting =
    role === undefined || role.method === "ldap"
      ? "policies"
      : role.role_type === "token_role"
        ? "allowed_policies"
        : "token_policies";
  return {
    kind: "vault_policy_assignment",
    what: `Take the policy ${name} from ${role === undefined ? "the entity" : role.mount} ${holder.name}`,
    where: holder.id,
    diff: `- ${setting} = ${holder.policies.join(",")}\n+ ${setting} = ${left}`,
    commands: [vault(holder.scope, holder.store_id, ["write", path, `${setting}=${left}`])],
    terraform_hint:
      role === undefined
        ? `vault_identity_entity or vault_identity_entity_policies of "${holder.name}"`
        : `the resource of the ${role.method} role or user "${holder.name}", e.g. vault_${role.method}_auth_backend_role, argument ${setting}`,
    reaches: "principal",
    lost: ({ policy_id, through }) => policy_id === id && through.every((link) => link.kind !== "group"),
  };
}

/** Which capabilities of a rule give an action. */
const GIVES: Readonly<Partial<Record<GrantAction, readonly string[]>>> = {
  read: ["read"],
  list: ["list"],
  write: ["create", "update", "patch"],
  delete: ["delete"],
};

/**
 * Of a policy that others have as well: a copy that lacks what must go, in its place. Undefined where a reduction keeps nothing of the rule, or
 * a policy of that name is there.
 */
function narrowerPolicy(
  asked: Asked,
  document: FactOf<"policy_document">,
  { what, where, diff = "", commands }: Proposed,
): Proposed | undefined {
  const { statement, demand, fact } = asked;
  const rule = narrowed(asked, document);
  const isKept = statement.actions.some((action) => demand.kept_actions.includes(action));
  const { name, id, scope, store_id } = document;
  const holder = (fact("principal", where) ?? fact("auth_role", where))?.name ?? "";
  const copy = `${name}-${holder.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}`;
  const isTaken = fact("policy_document", `${id.slice(0, id.length - name.length)}${copy}`) !== undefined;
  if (!isKept || rule.stay.length === 0 || holder === "" || isTaken) return undefined;
  const [last = ""] = commands;
  const given = /=$|=''$/.test(last) ? copy : `,${copy}`;
  return {
    kind: "vault_policy_assignment",
    what: `${what}, and give in its place ${copy}: the same, with ${statement.rule ?? ""} only to ${rule.stay.join(", ")}`,
    where,
    diff: `${diff}${diff.endsWith("= ") ? copy : `,${copy}`}\n${rule.diff(copy)}`,
    commands: [
      `${vault(scope, store_id, ["policy", "read", name])} > ${shellWord(`${copy}.hcl`)}`,
      `# change the lines in ${JSON.stringify(`${copy}.hcl`)}, then:`,
      vault(scope, store_id, ["policy", "write", copy, `${copy}.hcl`]),
      `${last}${given}`,
    ],
    reaches: "principal",
    keeps: true,
    lost: (other) =>
      other.policy_id === id &&
      other.rule === statement.rule &&
      other.actions.some((action) => demand.actions.includes(action)),
  };
}

/** What is left of a rule without the capabilities that give what must go, and the lines of its policy that change. */
function narrowed({ statement, demand }: Asked, { text }: FactOf<"policy_document">) {
  const { line = 1, rule = "", capabilities = [], actions } = statement;
  const found = blockAt(text, line);
  const block = found.length > 0 ? found : [ruleText(rule, capabilities)];
  const going = new Set(
    actions
      .filter((action) => demand.actions.includes(action))
      .flatMap((action) => GIVES[action] ?? capabilities),
  );
  const left = capabilities.filter((capability) => !going.has(capability));
  const stay = left.length < capabilities.length ? left : [];
  const added = stay.length > 0 ? [`+${ruleText(rule, stay)}`] : [];
  return {
    stay,
    diff: (policy: string): string =>
      [
        `--- policy ${policy}`,
        `+++ policy ${policy}`,
        `@@ line ${line} @@`,
        ...block.map((one) => `-${one}`),
        ...added,
      ].join("\n"),
  };
}

/** Takes lines out of the policy: the capabilities that give what must go, or the whole rule where none would be left. */
function ruleChange(asked: Asked, document: FactOf<"policy_document">): Proposed {
  const { statement, item } = asked;
  const { id, name, scope, store_id } = document;
  const { rule = "", actions } = statement;
  const { stay, diff } = narrowed(asked, document);
  const file = `${name}.hcl`;
  return {
    kind: "vault_policy_rule",
    what:
      stay.length > 0
        ? `In the policy ${name}, leave ${rule} only ${stay.join(", ")}`
        : `Take the rule for ${rule} out of the policy ${name}`,
    where: id,
    diff: diff(name),
    commands: [
      `${vault(scope, store_id, ["policy", "read", name])} > ${shellWord(file)}`,
      `# take the lines out of ${JSON.stringify(file)}, then:`,
      vault(scope, store_id, ["policy", "write", name, file]),
    ],
    terraform_hint: `vault_policy "${name}"`,
    reaches: "everyone",
    ...(stay.length > 0 ? { keeps: true as const } : {}),
    lost: (other) =>
      other.policy_id === statement.policy_id &&
      other.rule === rule &&
      item.principal.id !== "" &&
      other.actions.some((action) => actions.includes(action)),
  };
}

function ruleText(rule: string, capabilities: readonly string[]): string {
  return `path ${JSON.stringify(rule)} { capabilities = ${JSON.stringify(capabilities)} }`;
}

/** Most lines of one rule. */
const MAX_RULE_LINES = 60;

/** The lines of a rule that begins at `line`, 1-based, up to the brace that closes it. Braces in strings are path templates and come in pairs. */
function blockAt(text: string, line: number): string[] {
  const lines = text.split("\n").slice(line - 1, line - 1 + MAX_RULE_LINES);
  let [open, seen] = [0, false];
  for (const [place, one] of lines.entries()) {
    const code = one.replace(/(?:^|\s)(?:#|\/\/).*$/, "");
    open += (code.match(/\{/g) ?? []).length - (code.match(/\}/g) ?? []).length;
    seen ||= code.includes("{");
    if (seen && open <= 0) return lines.slice(0, place + 1);
  }
  return lines;
}

/** `scope` below the store is a namespace. */
function vault(scope: string, storeId: string, words: readonly string[]): string {
  const namespace = scope === storeId ? [] : [`-namespace=${scope.slice(storeId.length + 1)}`];
  const [command = "", ...rest] = words;
  const verb = command === "policy" || command === "token" ? [command, rest.shift() ?? ""] : [command];
  return ["vault", ...verb, ...namespace, ...rest]
    .map((word, place) => (place <= verb.length ? word : option(word)))
    .join(" ");
}

function option(word: string): string {
  return /^-[a-z]+$/.test(word) ? word : shellWord(word);
}
