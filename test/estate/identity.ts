import { textAt } from "../counterparties/json.ts";
import type { VaultApi } from "../counterparties/vault-api.ts";
import { aliasOf, passwordPeople } from "./auth.ts";
import { COMPANY, PEOPLE, SERVICES, TEAMS, leadOf, mailOf, type Person, type Service } from "./company.ts";

/** Policies that an identity carries by itself, past every login and group. */
const DIRECT_POLICIES: Readonly<Record<string, readonly string[]>> = {
  "n.mbeki": ["platform-admin"],
  "k.larsen": ["risk-models", "cost-centre-folder"],
};

/** Ids of the identities, by login or service name. */
export type EntityIds = ReadonlyMap<string, string>;

/** One identity for each person and service, with the aliases of its logins. */
export async function fillEntities(
  api: VaultApi,
  accessors: ReadonlyMap<string, string>,
): Promise<EntityIds> {
  const ids = new Map<string, string>();
  const alias = async (name: string, mount: string, canonicalId: string) => {
    await api.ok("POST", "identity/entity-alias", {
      name,
      canonical_id: canonicalId,
      mount_accessor: accessors.get(mount)!,
    });
  };
  const withPassword = new Set(passwordPeople());
  for (const who of PEOPLE) {
    const id = await entity(api, who.login, personMetadata(who), DIRECT_POLICIES[who.login] ?? []);
    ids.set(who.login, id);
    if (withPassword.has(who)) await alias(who.login, "userpass", id);
    if (who.kind === "employee" || who.kind === "leaver") await alias(who.login, "ldap", id);
  }
  for (const service of SERVICES) {
    const id = await entity(api, service.name, serviceMetadata(service), []);
    ids.set(service.name, id);
    const { mount, name } = await aliasOf(api, service);
    await alias(name, mount, id);
  }
  // One of the two who left was switched off.
  await api.ok("POST", `identity/entity/id/${ids.get("h.brandt")!}`, { disabled: true });
  return ids;
}

async function entity(
  api: VaultApi,
  name: string,
  metadata: Record<string, string>,
  policies: readonly string[],
) {
  const answer = await api.ok("POST", "identity/entity", { name, metadata, policies });
  return textAt(answer, "data", "id");
}

function personMetadata(who: Person): Record<string, string> {
  switch (who.kind) {
    case "break-glass":
      return { kind: "break-glass", owner: mailOf(leadOf("security")), title: who.title };
    case "contractor":
      // Nobody wrote down who answers for this one.
      return {
        kind: "human",
        title: who.title,
        ...(who.login === "ext-k.obrien" ? {} : { team: who.team, owner: mailOf(leadOf(who.team)) }),
      };
    case "employee":
    case "leaver":
      return { kind: "human", team: who.team, title: who.title, owner: mailOf(who) };
  }
}

function serviceMetadata(service: Service): Record<string, string> {
  const owner = service.owned ? { owner: mailOf(leadOf(service.team)), team: service.team } : {};
  return { kind: "service", environment: "production", ...owner };
}

/** The emergency accounts, and they alone, must show a second factor. */
export async function fillLoginMfa(api: VaultApi, entities: EntityIds): Promise<void> {
  const method = await api.ok("POST", "identity/mfa/method/totp", {
    issuer: COMPANY,
    method_name: "emergency",
    period: 30,
    algorithm: "SHA256",
  });
  await api.ok("POST", "identity/mfa/login-enforcement/emergency", {
    mfa_method_ids: [textAt(method, "data", "method_id")],
    identity_entity_ids: ["break-glass-1", "break-glass-2"].map((login) => entities.get(login)!),
  });
}

interface InternalGroup {
  readonly name: string;
  readonly policies: readonly string[];
  readonly people: readonly string[];
  /** Names of groups made before this one. */
  readonly groups: readonly string[];
  readonly owner?: string;
}

function internalGroups(): readonly InternalGroup[] {
  const logins = (keep: (who: Person) => boolean) => PEOPLE.filter(keep).map(({ login }) => login);
  const present = (who: Person) => who.kind === "employee";
  const teams = TEAMS.map((team) => ({
    name: `staff-${team}`,
    policies: [],
    people: logins((who) => present(who) && who.team === team),
    groups: [],
    owner: mailOf(leadOf(team)),
  }));
  return [
    ...teams,
    {
      name: "on-call",
      policies: ["on-call"],
      people: ["o.karlsson", "p.iyer", "q.tran"],
      groups: [],
      owner: "n.mbeki",
    },
    // Everybody on the platform team administers through two steps that nobody remembers.
    { name: "cluster-operators", policies: [], people: [], groups: ["staff-platform"] },
    { name: "store-administrators", policies: ["platform-admin"], people: [], groups: ["cluster-operators"] },
    {
      name: "security-administrators",
      policies: ["security-admin"],
      people: ["a.mensah", "b.jansen"],
      groups: [],
      owner: "a.mensah",
    },
    {
      name: "compliance",
      policies: ["compliance-reader"],
      people: ["d.farrell"],
      groups: [],
      owner: "d.farrell",
    },
    {
      name: "partner-desk",
      policies: ["partner-keys", "partner-keys-write"],
      people: ["a.lindqvist", "v.santos"],
      groups: [],
    },
    { name: "everybody", policies: ["own-identity"], people: [], groups: teams.map(({ name }) => name) },
    { name: "project-albatross", policies: ["warehouse-read"], people: [], groups: [] },
  ];
}

/** Ids of the groups, by name. */
export async function fillGroups(
  api: VaultApi,
  entities: EntityIds,
  ldapAccessor: string,
): Promise<ReadonlyMap<string, string>> {
  const ids = new Map<string, string>();
  for (const group of internalGroups()) {
    const answer = await api.ok("POST", "identity/group", {
      name: group.name,
      type: "internal",
      policies: group.policies,
      metadata: group.owner === undefined ? {} : { owner: group.owner },
      member_entity_ids: group.people.map((login) => entities.get(login)!),
      member_group_ids: group.groups.map((name) => ids.get(name)!),
    });
    ids.set(group.name, textAt(answer, "data", "id"));
  }
  for (const team of ["security", "risk", "platform"] as const) {
    ids.set(`directory-${team}`, await externalGroup(api, team, ldapAccessor));
  }
  // Whoever is in the directory's security group administers too.
  await api.ok("POST", `identity/group/id/${ids.get("security-administrators")!}`, {
    member_group_ids: [ids.get("directory-security")!],
    member_entity_ids: ["a.mensah", "b.jansen"].map((login) => entities.get(login)!),
  });
  return ids;
}

async function externalGroup(api: VaultApi, name: string, ldapAccessor: string): Promise<string> {
  const answer = await api.ok("POST", "identity/group", {
    name: `directory-${name}`,
    type: "external",
    policies: name === "platform" ? ["on-call"] : [],
    metadata: { source: "directory" },
  });
  const id = textAt(answer, "data", "id");
  await api.ok("POST", "identity/group-alias", { name, mount_accessor: ldapAccessor, canonical_id: id });
  return id;
}
