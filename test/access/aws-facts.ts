import { computeGrants, type Grant, type GrantModel } from "../../src/access/index.ts";
import { digestOf } from "../../src/base/index.ts";
import { FactSet, type Fact, type FactKind, type FactOf, type Gap } from "../../src/facts/index.ts";

export const STORE = "payments-aws";
export const HOME = "111122223333";
export const AWAY = "444455556666";
export const REGION = "eu-west-1";

type Json = Readonly<Record<string, unknown>>;

export const arn = {
  secret: (name: string, account = HOME) => `arn:aws:secretsmanager:${REGION}:${account}:secret:${name}`,
  parameter: (path: string, account = HOME) => `arn:aws:ssm:${REGION}:${account}:parameter/${path}`,
  key: (id: string, account = HOME) => `arn:aws:kms:${REGION}:${account}:key/${id}`,
  role: (name: string, account = HOME) => `arn:aws:iam::${account}:role/${name}`,
  user: (name: string, account = HOME) => `arn:aws:iam::${account}:user/${name}`,
  group: (name: string, account = HOME) => `arn:aws:iam::${account}:group/${name}`,
  policy: (name: string, account = HOME) => `arn:aws:iam::${account}:policy/${name}`,
  root: (account = HOME) => `arn:aws:iam::${account}:root`,
};

export const idOf = (native: string) => `${STORE}:${native}`;

export const document = (...statements: readonly Json[]): Json => ({
  Version: "2012-10-17",
  Statement: statements,
});

export const allow = (
  Action: string | readonly string[],
  Resource: string | readonly string[] = "*",
  more: Json = {},
): Json => ({ Effect: "Allow", Action, Resource, ...more });

export const deny = (
  Action: string | readonly string[],
  Resource: string | readonly string[] = "*",
  more: Json = {},
) => ({
  ...allow(Action, Resource, more),
  Effect: "Deny",
});

/** A statement of a resource policy. */
export const letIn = (Principal: unknown, Action: string | readonly string[], more: Json = {}): Json => ({
  Effect: "Allow",
  Principal,
  Action,
  Resource: "*",
  ...more,
});

export const trusting = (Principal: unknown, Action = "sts:AssumeRole", more: Json = {}): Json =>
  document({ Effect: "Allow", Principal, Action, ...more });

interface Identity {
  /** Managed policies by name, of `managed`. */
  readonly policies?: readonly string[];
  /** Inline policies by name. */
  readonly inline?: Readonly<Record<string, Json>>;
  readonly groups?: readonly string[];
  readonly boundary?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly uniqueId?: string;
}

interface Secret {
  /** Absent: it was looked at and has none; undefined by `unread`: nobody looked. */
  readonly policy?: Json;
  readonly unreadPolicy?: boolean;
  readonly key?: string;
  readonly encrypted?: boolean;
  readonly tags?: Readonly<Record<string, string>>;
  /** When it is to be deleted. */
  readonly deletesAt?: string;
}

/** Facts of AWS as the connector makes them; every fact has a record of its own. */
export class AwsFacts {
  readonly #facts: Fact[] = [];
  readonly gaps: Gap[] = [];

  constructor(...accounts: readonly string[]) {
    for (const account of accounts.length === 0 ? [HOME] : accounts) {
      const mount = `${account}/${REGION}`;
      this.add(
        "store",
        `${STORE}:${mount}`,
        { product: "aws", account, region: REGION },
        `${STORE}/${mount}`,
      );
      this.add("account", `${STORE}:${account}#caller`, { account_id: account, partition: "aws" }, STORE);
    }
  }

  set(): FactSet {
    return new FactSet(this.#facts, this.gaps);
  }

  add<K extends FactKind>(
    kind: K,
    id: string,
    own: Partial<FactOf<K>> | Json,
    scope = `${STORE}/${HOME}`,
  ): this {
    const base = { kind, id, store_id: STORE, scope, record: digestOf([kind, id]) };
    this.#facts.push({ ...base, ...own } as unknown as Fact);
    return this;
  }

  gap(hides: readonly FactKind[], resource?: string, scope = STORE): this {
    const detail = `AccessDenied on ${hides.join(", ")}`;
    this.gaps.push({
      store_id: STORE,
      scope,
      operation: "x",
      reason: "denied",
      hides: [...hides],
      detail,
      ...(resource === undefined ? {} : { resource }),
    });
    return this;
  }

  secret(native: string, { policy, unreadPolicy, key, encrypted, tags = {}, deletesAt }: Secret = {}): this {
    const [, , service, region = "", account = "", ...rest] = native.split(":");
    const mount = `${account}/${region}`;
    const name = service === "ssm" ? rest.join(":").slice("parameter".length) : (rest[1] ?? "");
    const scope = `${STORE}/${mount}`;
    const secret_type = service === "ssm" ? "aws_parameter" : "aws_secret";
    this.add("secret", idOf(native), { mount, name, secret_type }, scope);
    this.add(
      "secret_metadata",
      idOf(native),
      {
        mount,
        name,
        labels: tags,
        ...(key === undefined ? {} : { encryption_key: key }),
        ...(encrypted === undefined ? {} : { encrypted }),
        ...(deletesAt === undefined ? {} : { deletes_at: deletesAt }),
      },
      scope,
    );
    if (unreadPolicy === true) return this;
    return this.resourcePolicy(native, policy);
  }

  /** `suffix`: of a policy beside the first. */
  resourcePolicy(native: string, policy?: Json, suffix = ""): this {
    const text = policy === undefined ? {} : { text: JSON.stringify(policy) };
    return this.add("resource_policy", `${idOf(native)}#policy${suffix}`, {
      resource: idOf(native),
      ...text,
    });
  }

  key(
    native: string,
    policy: Json = document(letIn({ AWS: arn.root() }, "kms:*")),
    tags: Readonly<Record<string, string>> = {},
    state = "Enabled",
  ): this {
    const [, , , region = "", account = "", rest = ""] = native.split(":");
    const mount = `${account}/${region}`;
    this.add("key", idOf(native), {
      mount,
      name: rest.slice("key/".length),
      key_type: "SYMMETRIC_DEFAULT",
      exportable: false,
      managed_by: "customer",
      state,
    });
    this.add("resource_labels", `${idOf(native)}#tags`, { resource: idOf(native), labels: tags });
    return this.resourcePolicy(native, policy);
  }

  managed(name: string, ...statements: readonly Json[]): this {
    return this.policyText(idOf(arn.policy(name)), name, JSON.stringify(document(...statements)));
  }

  policyText(id: string, name: string, text: string, policy_type = "iam_managed"): this {
    return this.add("policy_document", id, { name, policy_type, text });
  }

  role(name: string, own: Identity & { readonly trust?: Json } = {}): this {
    const native = name.startsWith("arn:") ? name : arn.role(name);
    const trust = own.trust ?? trusting({ Service: "ec2.amazonaws.com" });
    this.policyText(`${idOf(native)}#trust`, "trust", JSON.stringify(trust), "iam_trust");
    return this.#identity(native, "iam_role", own);
  }

  user(name: string, own: Identity = {}): this {
    return this.#identity(name.startsWith("arn:") ? name : arn.user(name), "iam_user", own);
  }

  group(name: string, policies: readonly string[]): this {
    return this.add("group", idOf(arn.group(name)), {
      name,
      native_id: arn.group(name),
      group_type: "iam",
      policies: policies.map((policy) => idOf(arn.policy(policy))),
      member_entity_ids: [],
      member_group_ids: [],
      parent_group_ids: [],
      labels: {},
    });
  }

  #identity(native: string, principal_type: string, own: Identity): this {
    const { policies = [], inline = {}, groups = [], boundary, tags = {}, uniqueId } = own;
    const name = native.slice(native.lastIndexOf("/") + 1);
    const account = native.split(":")[4] ?? HOME;
    const inlineIds = Object.entries(inline).map(([policy, text]) => {
      const id = `${idOf(native)}#inline/${policy}`;
      this.policyText(id, policy, JSON.stringify(text), "iam_inline");
      return id;
    });
    return this.add("principal", idOf(native), {
      name,
      principal_type,
      native_id: native,
      policies: [...policies.map((policy) => idOf(arn.policy(policy, account))), ...inlineIds],
      disabled: false,
      labels: tags,
      aliases: [],
      direct_group_ids: groups.map((group) => idOf(arn.group(group))),
      inherited_group_ids: [],
      ext: {
        aws: {
          unique_id: uniqueId ?? `${principal_type === "iam_user" ? "AIDA" : "AROA"}${name.toUpperCase()}X`,
          ...(boundary === undefined ? {} : { boundary: idOf(arn.policy(boundary)) }),
        },
      },
    });
  }

  /** `HOME` below a unit below the root, with these policies at each level, root first, beside what AWS attaches. */
  organization(scps: readonly Json[] = [], rcps: readonly Json[] = [], management = AWAY): this {
    this.add("organization", `${STORE}:o-a1b2c3d4e5`, {
      organization_id: "o-a1b2c3d4e5",
      management_account_id: management,
      feature_set: "ALL",
    });
    this.add("organization_unit", `${STORE}:r-ab12`, {
      unit_id: "r-ab12",
      unit_type: "root",
      name: "Root",
      enabled_policy_types: ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"],
    });
    this.add("organization_unit", `${STORE}:ou-ab12-pay`, {
      unit_id: "ou-ab12-pay",
      unit_type: "unit",
      name: "pay",
      parent_id: "r-ab12",
    });
    for (const account of [HOME, AWAY])
      this.add("account", `${STORE}:${account}`, {
        account_id: account,
        status: "ACTIVE",
        parent_id: "ou-ab12-pay",
      });
    const full = { Effect: "Allow", Action: "*", Resource: "*" };
    this.policyText(`${STORE}:p-FullAWSAccess`, "FullAWSAccess", JSON.stringify(document(full)), "scp");
    const fullNamed = document({ ...full, Principal: "*" });
    this.policyText(`${STORE}:p-RCPFullAWSAccess`, "RCPFullAWSAccess", JSON.stringify(fullNamed), "rcp");
    for (const [level, target] of ["r-ab12", "ou-ab12-pay", HOME, AWAY].entries()) {
      this.attached(target, "SERVICE_CONTROL_POLICY", "p-FullAWSAccess", level, scps);
      this.attached(target, "RESOURCE_CONTROL_POLICY", "p-RCPFullAWSAccess", level, rcps);
    }
    return this;
  }

  attached(target: string, type: string, full: string, level: number, given: readonly Json[]): this {
    const own = given[level];
    const id = `p-${type.slice(0, 3).toLowerCase()}${level}`;
    if (own !== undefined)
      this.policyText(`${STORE}:${id}`, id, JSON.stringify(own), type.startsWith("SERV") ? "scp" : "rcp");
    return this.add("policy_attachment", `${STORE}:${target}#${type}`, {
      target,
      policy_type: type,
      policies: own === undefined ? [full] : [full, id],
    });
  }
}

export const modelOf = (facts: AwsFacts): GrantModel =>
  computeGrants(facts.set(), { takenAt: "2026-09-30T06:00:00Z" });

export const SECRET = arn.secret("pay/db-AbCdEf");
export const READ = "secretsmanager:GetSecretValue";
export const KEY = arn.key("k1");
export const FOREIGN = "999988887777";

/** `<action> <certainty>` of one principal for one thing, surest first. */
export function can(facts: AwsFacts, principal: string, target = SECRET): string[] {
  const rank = ({ certainty }: Grant) => ["certain", "conditional", "possible"].indexOf(certainty);
  const grants = modelOf(facts).path(idOf(principal), idOf(target));
  const surest = new Map<string, string>();
  for (const { actions, certainty } of [...grants].sort((a, b) => rank(a) - rank(b)))
    for (const action of actions) if (!surest.has(action)) surest.set(action, `${action} ${certainty}`);
  return [...surest.values()].sort();
}

export const conditionsOf = (facts: AwsFacts, principal: string, target = SECRET): string[] =>
  modelOf(facts)
    .path(idOf(principal), idOf(target))
    .flatMap(({ conditions }) => conditions);

export const APP = arn.role("app");
