import { textOf, unknownIn, type Node } from "../../text/node.ts";
import { DeploymentDraft } from "../setup.ts";
import { HeldPolicies } from "./held-policies.ts";
import { iamPath } from "./ids.ts";
import { policyText } from "./policy-text.ts";
import {
  accountScope,
  hidUnknown,
  notKnown,
  tagsOf,
  textsIn,
  type AwsTerms,
  type AwsThing,
} from "./thing.ts";
import type { Named, Things } from "./things.ts";

/** Roles, users, groups and policies of IAM, with what each holds, and whom an account believes. */
export function identities(things: Things, terms: AwsTerms): void {
  const held = new HeldPolicies(things, terms);
  held.managed();
  for (const named of things.named("role")) role(named, terms, held);
  for (const named of things.named("user")) user(named, { things, terms, held });
  for (const named of things.named("group")) group(named, terms, held);
  for (const thing of things.of("access_key")) accessKey(thing, things, terms);
  for (const named of things.named("oidc_provider")) oidcProvider(named, terms);
  for (const { thing, identity } of things.named("saml_provider"))
    provider(thing, terms, { arn: identity.arn, name: identity.name, provider_type: "saml" });
}

interface Principal {
  readonly type: "iam_role" | "iam_user";
  readonly policies: readonly string[];
  readonly groups: readonly string[];
}

function principal(
  { thing, identity }: Named,
  terms: AwsTerms,
  { type, policies, groups }: Principal,
): string {
  const { drafting } = terms;
  const id = drafting.id(identity.arn);
  const scope = accountScope(terms);
  hidUnknown(terms, thing, { names: ["tags"], scope, resource: id, kinds: ["principal"] });
  const boundary = boundaryOf(thing, terms, id);
  if (thing.isElsewhere === true) drafting.stranger("principal", id);
  drafting.add("principal", {
    id,
    scope,
    name: identity.name,
    principal_type: type,
    native_id: identity.arn,
    policies: [...policies].sort(),
    disabled: false,
    labels: tagsOf(thing.attributes["tags"]),
    aliases: [],
    direct_group_ids: [...groups].sort(),
    inherited_group_ids: [],
    ext: { aws: { path: iamPath(thing), ...(boundary === undefined ? {} : { boundary }) } },
  });
  return id;
}

/** The fact id of the policy that bounds what an identity may; of one that is not known, an id that no policy has. */
function boundaryOf(thing: AwsThing, terms: AwsTerms, id: string): string | undefined {
  const node = thing.attributes["permissions_boundary"];
  if (node === undefined) return undefined;
  const arn = textOf(node);
  if (arn !== undefined) return terms.drafting.id(arn);
  const hidden = `${id}#boundary`;
  const detail = notKnown(thing, "permissions_boundary", node);
  terms.drafting.hide({ scope: accountScope(terms), resource: hidden, kinds: ["policy_document"], detail });
  return hidden;
}

function role(named: Named, terms: AwsTerms, held: HeldPolicies): void {
  const { thing, identity } = named;
  const { drafting, register } = terms;
  register.declare(drafting.id(identity.arn), thing.address, thing.spot);
  const id = principal(named, terms, { type: "iam_role", policies: held.of(named), groups: [] });
  if (thing.isElsewhere === true) {
    // Whoever may become it has what it has: where access is compared, that is told of it alone.
    const trust = { id: `${id}#trust`, scope: accountScope(terms), name: identity.name };
    drafting.apart().add("policy_document", { ...trust, policy_type: "iam_trust", text: NOBODY });
    return;
  }
  const node = thing.attributes["assume_role_policy"];
  const { text, missing } =
    node === undefined ? { missing: "since it is not set" } : policyText(node, "resource");
  const trust = { id: `${id}#trust`, scope: accountScope(terms) };
  register.policy(trust.id, node ?? thing.spot);
  if (text !== undefined)
    drafting.add("policy_document", { ...trust, name: identity.name, policy_type: "iam_trust", text });
  if (missing !== undefined) {
    const detail = `assume_role_policy of ${thing.address} is not known, ${missing}`;
    drafting.hide({ scope: trust.scope, resource: trust.id, kinds: ["policy_document"], detail });
  }
}

function user(
  named: Named,
  { things, terms, held }: { things: Things; terms: AwsTerms; held: HeldPolicies },
): void {
  const { thing, identity } = named;
  const { drafting, register } = terms;
  register.declare(drafting.id(identity.arn), thing.address, thing.spot);
  const groups = groupsOf(named, things, terms);
  principal(named, terms, { type: "iam_user", policies: held.of(named), groups });
}

/** Fact ids of the groups that a user is in: a group's is its ARN without the path, since names are unique in an account. */
function groupsOf({ thing, identity }: Named, things: Things, terms: AwsTerms): string[] {
  const { drafting, place } = terms;
  const scope = accountScope(terms);
  const ids = new Set<string>();
  const add = (name: string): void => {
    const target = groupNamed(name, things);
    const id = drafting.id(`arn:${place.partition}:iam::${place.account}:group/${target ?? name}`);
    if (target === undefined)
      drafting.hide({ scope, resource: id, kinds: ["group"], detail: `group ${name} is not declared here` });
    ids.add(id);
  };
  const hide = (of: AwsThing, attribute: string): void => {
    const id = `${drafting.id(identity.arn)}#groups`;
    const detail = notKnown(of, attribute, of.attributes[attribute]);
    drafting.hide({ scope, resource: id, kinds: ["group"], detail });
    ids.add(id);
  };
  const own = textsIn(thing.attributes["groups"]);
  own.texts.forEach(add);
  if (!own.whole) hide(thing, "groups");
  for (const membership of things.of("group_membership")) {
    const users = textsIn(membership.attributes["users"]);
    const found = users.texts.some((text) => text === identity.name || text === identity.arn);
    if (!found && !users.whole) hide(membership, "users");
    if (!found) continue;
    const groups = textsIn(membership.attributes["groups"]);
    groups.texts.forEach(add);
    if (!groups.whole) hide(membership, "groups");
  }
  return [...ids];
}

function groupNamed(text: string, things: Things): string | undefined {
  return things.named("group").find(({ identity }) => identity.name === text || identity.arn === text)
    ?.identity.name;
}

function group(named: Named, terms: AwsTerms, held: HeldPolicies): void {
  const { thing, identity } = named;
  const { drafting, register, place } = terms;
  const id = drafting.id(`arn:${place.partition}:iam::${place.account}:group/${identity.name}`);
  register.declare(id, thing.address, thing.spot);
  if (thing.isElsewhere === true) {
    drafting.stranger("group", id);
    drafting.unplaced(`who is in group ${identity.name} is not declared here`);
  }
  drafting.add("group", {
    id,
    scope: accountScope(terms),
    name: identity.name,
    native_id: identity.arn,
    group_type: "iam",
    policies: [...held.of(named)].sort(),
    member_entity_ids: [],
    member_group_ids: [],
    parent_group_ids: [],
    labels: {},
    ext: { aws: { path: iamPath(thing) } },
  });
}

const NOBODY = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Deny", Principal: "*", Action: "sts:AssumeRole" }],
});

/** A long-lived key; when it will be made nobody knows. */
function accessKey(thing: AwsThing, things: Things, terms: AwsTerms): void {
  const { drafting, register, format } = terms;
  const { address, attributes, spot } = thing;
  if (textOf(attributes["status"]) !== "Inactive") {
    const name = textOf(attributes["user"]) ?? address;
    register.changes.push(
      new DeploymentDraft({ format, type: "identity_key", address, name, spot }).change(),
    );
  }
  const target = things.target("user", thing.attributes["user"]);
  if (target === undefined || !("of" in target)) return;
  const of = drafting.id(target.of.identity.arn);
  const scope = accountScope(terms);
  register.part(of, "access_key", thing.spot);
  if (hidUnknown(terms, thing, { names: ["status"], scope, resource: of, kinds: ["access_key"] })) return;
  drafting.add("access_key", {
    id: `${of}#access-key/${thing.address}`,
    scope,
    principal: of,
    access_key_id: thing.address,
    active: (textOf(thing.attributes["status"]) ?? "Active") === "Active",
  });
}

function oidcProvider({ thing, identity }: Named, terms: AwsTerms): void {
  const clients = textsIn(thing.attributes["client_id_list"]);
  const url: Node | undefined = thing.attributes["url"];
  const written = textOf(url)?.replace(/^https:\/\//, "");
  provider(thing, terms, {
    arn: identity.arn,
    name: identity.name,
    provider_type: "oidc",
    ...(written === undefined || unknownIn(url) !== undefined ? {} : { url: written }),
    client_ids: [...clients.texts].sort(),
  });
}

interface Provider {
  readonly arn: string;
  readonly name: string;
  readonly provider_type: "oidc" | "saml";
  readonly url?: string;
  readonly client_ids?: string[];
}

function provider(thing: AwsThing, terms: AwsTerms, { arn, ...told }: Provider): void {
  const id = terms.drafting.id(arn);
  const scope = accountScope(terms);
  const names = ["client_id_list", "url"];
  if (!hidUnknown(terms, thing, { names, scope, resource: id, kinds: ["identity_provider"] }))
    terms.drafting.add("identity_provider", { id, scope, ...told });
}
