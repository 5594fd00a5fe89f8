import type { FactOf, FactSet } from "../facts/index.ts";
import type { Candidate } from "./model.ts";

/** Methods by which people log in under a name of theirs. JWT's names are what the issuer says, of machines as often. */
const BY_NAME: ReadonlySet<string> = new Set([
  "github",
  "kerberos",
  "ldap",
  "oidc",
  "okta",
  "radius",
  "saml",
  "userpass",
]);

/** Methods by which machines log in: no alias of them is anybody's name. */
const OF_MACHINES: ReadonlySet<string> = new Set([
  "alicloud",
  "approle",
  "aws",
  "azure",
  "cert",
  "cf",
  "gcp",
  "kubernetes",
  "oci",
  "spiffe",
  "token",
]);

/** Everybody and everything that may have a person behind it, by the facts of a snapshot; owners are added by who knows them. */
export function candidatesOf(facts: FactSet): Candidate[] {
  return [
    ...facts.of("principal").map(identity),
    ...facts.of("auth_role").map(authRole),
    ...facts.of("key_slot").map(({ id, slot_type, identity: name }) => nameless(id, `${slot_type} ${name}`)),
  ];
}

function identity(fact: FactOf<"principal">): Candidate {
  const { id, name, principal_type, labels, aliases } = fact;
  if (principal_type !== "entity") {
    const isUser = principal_type === "iam_user";
    return {
      id,
      name,
      labels,
      addresses: isUser ? [name, ...addressLabels(labels)] : addressLabels(labels),
      usernames: isUser ? [lastSegment(name)] : [],
      may_be_person: isUser,
    };
  }
  const ofPeople = aliases.filter(({ mount_type }) => !OF_MACHINES.has(mount_type ?? ""));
  const byName = aliases.filter(({ mount_type }) => BY_NAME.has(mount_type ?? ""));
  const labelled = [labels, ...ofPeople.flatMap((alias) => [alias.labels, alias.custom_labels ?? {}])];
  return {
    id,
    name,
    labels,
    addresses: [name, ...ofPeople.map((alias) => alias.name), ...labelled.flatMap(addressLabels)],
    usernames: byName.map((alias) => alias.name),
    may_be_person: ofPeople.length > 0 || aliases.length === 0,
  };
}

function authRole(fact: FactOf<"auth_role">): Candidate {
  const { id, name, role_type, alias_name } = fact;
  if (role_type !== "user") return nameless(id, name);
  const names = [...new Set([name, ...(alias_name === undefined ? [] : [alias_name])])];
  return { id, name, labels: {}, addresses: names, usernames: names, may_be_person: true };
}

function nameless(id: string, name: string): Candidate {
  return { id, name, labels: {}, addresses: [], usernames: [], may_be_person: false };
}

function addressLabels(labels: Readonly<Record<string, string>>): string[] {
  return ["email", "mail"].flatMap((name) => labels[name] ?? []);
}

/** A user's name without its path. */
function lastSegment(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}
