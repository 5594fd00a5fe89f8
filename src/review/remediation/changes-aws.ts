import type { GrantStatement } from "../../access/index.ts";
import { LEAVE, shellWord, type Asked, type PatchOperation, type Proposed } from "./proposal.ts";

/** Policies of AWS: those of users, roles and groups, of roles' trust and of secrets and keys. Undefined of statements of others. */
export function awsChange(asked: Asked): Proposed | typeof LEAVE | undefined {
  const { statement, item, others } = asked;
  const arn = arnOf(item.principal.id, item.store_id);
  if (item.principal.type === "aws_root")
    return hand(
      statement,
      "The root user may do anything in its account: no policy of the account takes it away; a service control policy may",
    );
  if (statement.policy_id === undefined && GIVEN_ITSELF.test(statement.policy)) return LEAVE;
  if (statement.policy_id === undefined || !statement.policy_id.startsWith(`${item.store_id}:arn:`))
    return undefined;
  const policy = arnOf(statement.policy_id, item.store_id);
  if (policy.includes("#") && delegates(statementOf(asked)?.Principal)) return LEAVE;
  if (policy.endsWith("#trust")) return trustChange(asked, policy);
  if (policy.endsWith("#policy")) return resourceChange(asked, policy);
  const group = statement.through.find(({ kind }) => kind === "group");
  if (group !== undefined && arn.includes(":user/")) return groupChange(asked, group, arn);
  if (policy.includes("#inline/")) return inlineChange(asked, policy);
  // A managed policy that others have as well is detached from this one; one of its own loses the statement.
  return others > 0 ? detachChange(asked, policy, arn) : managedChange(asked, policy, arn);
}

/** What whoever is of another account, or of none, is taken to allow itself: nobody here can change it. */
const GIVEN_ITSELF = /^that .* gives itself$/;

/**
 * Whether a policy names a whole account alone, which leaves it to that account's own policies who may. A key without such a statement can be managed
 * by nobody (KMS Developer Guide, "Default key policy").
 */
function delegates(principal: unknown): boolean {
  const named = principalsOf(principal);
  return named.length > 0 && named.every((one) => /^(?:\d{12}|arn:[^:]*:iam::\d{12}:root)$/.test(one));
}

/** Whom `Principal` names by `AWS`; empty where it is of another form. */
function principalsOf(principal: unknown): readonly string[] {
  const aws = (principal as { readonly AWS?: unknown } | undefined)?.AWS;
  return [aws].flat().filter((one) => typeof one === "string");
}

function arnOf(id: string, storeId: string): string {
  return id.startsWith(`${storeId}:`) ? id.slice(storeId.length + 1) : id;
}

function nameOf(arn: string): string {
  return arn.slice(arn.lastIndexOf("/") + 1);
}

/** How the command line calls a user or role: `user`, `--user-name`. */
function kindOf(arn: string): "group" | "role" | "user" {
  return arn.includes(":user/") ? "user" : arn.includes(":group/") ? "group" : "role";
}

function same({ policy_id, rule }: GrantStatement): (other: GrantStatement) => boolean {
  return (other) => other.policy_id === policy_id && other.rule === rule;
}

function groupChange(
  { statement, item }: Asked,
  group: GrantStatement["through"][number],
  arn: string,
): Proposed {
  const name = group.id === undefined ? group.name : nameOf(group.id);
  return {
    kind: "iam_group_member",
    what: `Take the user ${item.principal.name} out of the group ${name}`,
    where: group.id ?? name,
    commands: [
      `aws iam remove-user-from-group --group-name ${shellWord(name)} --user-name ${shellWord(nameOf(arn))}`,
    ],
    terraform_hint: `aws_iam_user_group_membership or aws_iam_group_membership of "${name}"`,
    reaches: "principal",
    lost: (other) =>
      other.through.some(({ id, name: called }) => id === group.id && called === group.name) &&
      statement.policy !== "",
  };
}

function detachChange({ statement, item }: Asked, policy: string, arn: string): Proposed {
  const kind = kindOf(arn);
  return {
    kind: "iam_detach",
    what: `Detach the policy ${statement.policy} from the ${kind} ${item.principal.name}`,
    where: policy,
    commands: [
      `aws iam detach-${kind}-policy --${kind}-name ${shellWord(nameOf(arn))} --policy-arn ${shellWord(policy)}`,
    ],
    terraform_hint: `aws_iam_${kind}_policy_attachment of "${statement.policy}" to "${item.principal.name}"`,
    reaches: "principal",
    lost: (other) => other.policy_id === statement.policy_id && other.through.length === 0,
  };
}

function managedChange(asked: Asked, policy: string, arn: string): Proposed {
  const { statement } = asked;
  const { patch, statements } = patchOf(asked);
  const { what, commands } = detachChange(asked, policy, arn);
  return {
    kind: "iam_statement",
    what: `Take ${statement.rule ?? "the statement"} out of the policy ${statement.policy}`,
    where: policy,
    ...(patch === undefined ? {} : { patch }),
    emptied: { statements, what: `${what}: it says nothing else`, commands },
    commands: [
      `aws iam create-policy-version --policy-arn ${shellWord(policy)} --policy-document file://policy.json --set-as-default`,
    ],
    terraform_hint: `aws_iam_policy "${statement.policy}"`,
    reaches: "everyone",
    lost: same(statement),
  };
}

function inlineChange(asked: Asked, policy: string): Proposed {
  const { statement } = asked;
  const [holder = "", name = ""] = policy.split("#inline/");
  const kind = kindOf(holder);
  const { patch, statements } = patchOf(asked);
  const base = `--${kind}-name ${shellWord(nameOf(holder))} --policy-name ${shellWord(name)}`;
  return {
    kind: "iam_statement",
    what: `Take ${statement.rule ?? "the statement"} out of the inline policy ${name} of the ${kind} ${nameOf(holder)}`,
    where: policy,
    ...(patch === undefined ? {} : { patch }),
    emptied: {
      statements,
      what: `Delete the inline policy ${name} of the ${kind} ${nameOf(holder)}: it says nothing else`,
      commands: [`aws iam delete-${kind}-policy ${base}`],
    },
    commands: [`aws iam put-${kind}-policy ${base} --policy-document file://policy.json`],
    terraform_hint: `aws_iam_${kind}_policy "${name}"`,
    reaches: "everyone",
    lost: same(statement),
  };
}

function trustChange(asked: Asked, policy: string): Proposed {
  const { statement } = asked;
  const role = nameOf(policy.replace(/#trust$/, ""));
  const { patch, statements } = patchOf(asked);
  return {
    kind: "iam_trust",
    what: `Take ${asked.item.principal.name} out of the trust policy of the role ${role}, ${statement.rule ?? ""}`,
    where: policy.replace(/#trust$/, ""),
    ...(patch === undefined ? {} : { patch }),
    emptied: {
      statements,
      what: `Delete the role ${role}, or let somebody else in: nobody but who goes may take it on, and no trust policy may be empty`,
      commands: [],
    },
    commands: [
      `aws iam update-assume-role-policy --role-name ${shellWord(role)} --policy-document file://trust.json`,
    ],
    terraform_hint: `aws_iam_role "${role}", argument assume_role_policy`,
    reaches: "everyone",
    lost: same(statement),
  };
}

function resourceChange(asked: Asked, policy: string): Proposed {
  const { statement } = asked;
  const thing = policy.replace(/#policy$/, "");
  const { patch, statements } = patchOf(asked);
  const isKey = thing.includes(":kms:");
  return {
    kind: "aws_resource_policy",
    what: `Take ${statement.rule ?? "the statement"} out of the policy on ${thing}`,
    where: thing,
    ...(patch === undefined ? {} : { patch }),
    ...(isKey
      ? {}
      : {
          emptied: {
            statements,
            what: `Delete the policy on ${thing}: it says nothing else`,
            commands: [`aws secretsmanager delete-resource-policy --secret-id ${shellWord(thing)}`],
          },
        }),
    commands: [
      isKey
        ? `aws kms put-key-policy --key-id ${shellWord(thing)} --policy-name default --policy file://policy.json`
        : `aws secretsmanager put-resource-policy --secret-id ${shellWord(thing)} --resource-policy file://policy.json`,
    ],
    terraform_hint: isKey ? "aws_kms_key or aws_kms_key_policy" : "aws_secretsmanager_secret_policy",
    reaches: "everyone",
    lost: same(statement),
  };
}

function hand(statement: GrantStatement, what: string): Proposed {
  return {
    kind: "by_hand",
    what,
    where: statement.policy_id ?? statement.policy,
    commands: [],
    reaches: "principal",
    lost: same(statement),
  };
}

interface Patched {
  readonly patch?: readonly PatchOperation[];
  /** How many stand in the document. */
  readonly statements: number;
}

interface Statement {
  readonly Sid?: unknown;
  readonly Principal?: unknown;
}

/** What goes, by its place in the document: of a statement that names several principals, this one alone. Empty where the text cannot be read. */
function patchOf(asked: Asked): Patched {
  const { all, place } = placeOf(asked);
  const found = all[place];
  if (found === undefined) return { statements: all.length };
  const path = `/Statement/${place}`;
  const named = (found.Principal as { readonly AWS?: unknown } | undefined)?.AWS;
  const arn = arnOf(asked.item.principal.id, asked.item.store_id);
  if (Array.isArray(named) && named.length > 1 && named.includes(arn)) {
    const one = `${path}/Principal/AWS/${named.indexOf(arn)}`;
    return {
      patch: [
        { op: "test", path: one, value: arn },
        { op: "remove", path: one },
      ],
      statements: all.length,
    };
  }
  return {
    patch: [
      { op: "test", path, value: found },
      { op: "remove", path },
    ],
    statements: all.length,
  };
}

function statementOf(asked: Asked): Statement | undefined {
  const { all, place } = placeOf(asked);
  return all[place];
}

function placeOf({ statement, fact }: Asked): { readonly all: readonly Statement[]; readonly place: number } {
  const { policy_id, rule = "" } = statement;
  const text = fact("policy_document", policy_id)?.text ?? fact("resource_policy", policy_id)?.text;
  const all = statementsIn(text);
  const number = /^statement (\d+)$/.exec(rule)?.[1];
  const bySid = all.findIndex(({ Sid }) => Sid === rule);
  return { all, place: bySid >= 0 ? bySid : number === undefined ? -1 : Number(number) - 1 };
}

/** `Statement` may be one or a list (IAM User Guide, "Grammar of the IAM JSON policy language"). */
function statementsIn(text: string | undefined): readonly Statement[] {
  if (text === undefined) return [];
  try {
    const { Statement: all } = JSON.parse(text) as { readonly Statement?: unknown };
    return Array.isArray(all) ? (all as Statement[]) : [];
  } catch {
    return [];
  }
}
