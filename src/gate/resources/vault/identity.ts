import type { FactDraft } from "../../drafting.ts";
import type { Resource } from "../../formats/terraform/resource.ts";
import { present } from "./attributes.ts";
import type { VaultTerms } from "./terms.ts";

/** What an identity is known by: its id, or, of one that is made only now, its resource. */
export function identityId({ attributes, resource }: VaultTerms): string {
  return attributes.text("id") ?? `${resource.address}.id`;
}

/** Resources that say something of an identity, by the id that each names it by. */
export class Sayings {
  readonly #by = new Map<string, VaultTerms[]>();
  readonly #open = new Map<string, VaultTerms[]>();

  /** `naming`: by type, the attribute that names whom it is about. */
  constructor(all: readonly VaultTerms[], naming: Readonly<Record<string, string>>) {
    for (const terms of all) {
      const attribute = naming[terms.resource.type];
      if (attribute === undefined) continue;
      const id = terms.attributes.text(attribute);
      push(id === undefined ? this.#open : this.#by, id ?? terms.resource.type, terms);
    }
  }

  of(id: string, type: string): readonly VaultTerms[] {
    return (this.#by.get(id) ?? []).filter(({ resource }) => resource.type === type);
  }

  /** Those of which it is not known whom they are about. */
  open(type: string): readonly Resource[] {
    return (this.#open.get(type) ?? []).map(({ resource }) => resource);
  }
}

function push(map: Map<string, VaultTerms[]>, key: string, terms: VaultTerms): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [terms]);
  else list.push(terms);
}

export const NAMING: Readonly<Record<string, string>> = {
  vault_identity_entity_alias: "canonical_id",
  vault_identity_entity_policies: "entity_id",
  vault_identity_group_alias: "canonical_id",
  vault_identity_group_member_entity_ids: "group_id",
  vault_identity_group_member_group_ids: "group_id",
  vault_identity_group_policies: "group_id",
};

function joined(name: string, own: VaultTerms, others: readonly VaultTerms[]): string[] {
  return [...new Set([own, ...others].flatMap(({ attributes }) => attributes.texts(name)))].sort();
}

export function entity(terms: VaultTerms, sayings: Sayings): string {
  const { attributes, drafting, scope } = terms;
  const native = identityId(terms);
  const path = `identity/entity/id/${native}`;
  const aliases = sayings.of(native, "vault_identity_entity_alias").map((alias) => ({
    alias_id: `${alias.resource.address}.id`,
    name: alias.name("name"),
    mount_accessor: alias.name("mount_accessor"),
    labels: {},
    custom_labels: alias.attributes.labels("custom_metadata"),
  }));
  const policies = sayings.of(native, "vault_identity_entity_policies");
  const told: Omit<FactDraft<"principal">, "id"> = {
    name: terms.name("name"),
    principal_type: "entity",
    native_id: native,
    policies: joined("policies", terms, policies),
    disabled: attributes.flag("disabled") ?? false,
    labels: attributes.labels("metadata"),
    aliases,
    direct_group_ids: [],
    inherited_group_ids: [],
  };
  const id = terms.tell("principal", path, told);
  for (const other of policies)
    other.attributes.hideUnknown(drafting, { scope, resource: id, kinds: ["principal"] });
  for (const { address } of [
    ...sayings.open("vault_identity_entity_alias"),
    ...sayings.open("vault_identity_entity_policies"),
  ])
    drafting.hide({
      scope,
      resource: id,
      kinds: ["principal"],
      detail: `whom ${address} is about is not known`,
    });
  return id;
}

export function group(terms: VaultTerms, sayings: Sayings): string {
  const { attributes, drafting, scope } = terms;
  const native = identityId(terms);
  const others = (type: string): readonly VaultTerms[] => sayings.of(native, type);
  const [alias] = others("vault_identity_group_alias");
  const told = present({
    name: terms.name("name"),
    native_id: native,
    group_type: attributes.text("type") ?? "internal",
    policies: joined("policies", terms, others("vault_identity_group_policies")),
    member_entity_ids: joined("member_entity_ids", terms, others("vault_identity_group_member_entity_ids")),
    member_group_ids: joined("member_group_ids", terms, others("vault_identity_group_member_group_ids")),
    parent_group_ids: [],
    alias_name: alias?.name("name"),
    alias_mount_accessor: alias?.name("mount_accessor"),
    labels: attributes.labels("metadata"),
  });
  const id = terms.tell("group", `identity/group/id/${native}`, told);
  const says = Object.keys(NAMING).filter((type) => type.startsWith("vault_identity_group"));
  for (const type of says) {
    for (const other of others(type))
      other.attributes.hideUnknown(drafting, { scope, resource: id, kinds: ["group"] });
    for (const { address } of sayings.open(type))
      drafting.hide({
        scope,
        resource: id,
        kinds: ["group"],
        detail: `whom ${address} is about is not known`,
      });
  }
  return id;
}
