import type { Fact } from "../../../facts/index.ts";
import {
  flag,
  instant,
  labels,
  names,
  nonEmptyText,
  nullableTexts,
  objectAt,
  objects,
  optionalText,
  texts,
  type Json,
} from "../json.ts";
import { fact, listedKeys, nameAsked, type Answered, type Family } from "../operation.ts";
import { listRow, readRow } from "../rows.ts";

function entity(answered: Answered): Fact[] {
  const { data } = answered;
  const id = nameAsked(answered, "id");
  return [
    fact(answered, "principal", `identity/entity/id/${id}`, {
      name: nonEmptyText(data, "name"),
      principal_type: "entity",
      native_id: id,
      policies: texts(data, "policies"),
      disabled: flag(data, "disabled"),
      created_at: instant(data, "creation_time"),
      updated_at: instant(data, "last_update_time"),
      labels: labels(data, "metadata"),
      aliases: objects(data, "aliases").map(aliasOf),
      direct_group_ids: texts(data, "direct_group_ids"),
      inherited_group_ids: texts(data, "inherited_group_ids"),
    }),
  ];
}

function aliasOf(alias: Json) {
  // The mount of an alias may be gone: then neither is written.
  const path = optionalText(alias, "mount_path");
  const type = optionalText(alias, "mount_type");
  return {
    alias_id: nonEmptyText(alias, "id"),
    name: nonEmptyText(alias, "name"),
    mount_accessor: nonEmptyText(alias, "mount_accessor"),
    ...(path === undefined ? {} : { mount_path: path }),
    ...(type === undefined ? {} : { mount_type: type }),
    labels: labels(alias, "metadata"),
    custom_labels: labels(alias, "custom_metadata"),
  };
}

function group(answered: Answered): Fact[] {
  const { data } = answered;
  const id = nameAsked(answered, "id");
  const alias = objectAt(data, "alias");
  return [
    fact(answered, "group", `identity/group/id/${id}`, {
      name: nonEmptyText(data, "name"),
      native_id: id,
      group_type: nonEmptyText(data, "type"),
      policies: nullableTexts(data, "policies"),
      member_entity_ids: nullableTexts(data, "member_entity_ids"),
      member_group_ids: nullableTexts(data, "member_group_ids"),
      parent_group_ids: nullableTexts(data, "parent_group_ids"),
      // A group without an alias has an empty one.
      alias_name: optionalText(alias, "name"),
      alias_mount_accessor: optionalText(alias, "mount_accessor"),
      labels: labels(data, "metadata"),
      created_at: instant(data, "creation_time"),
    }),
  ];
}

function mfaMethodPath(id: string): string {
  return `identity/mfa/method/${id}`;
}

/** The listing itself carries every method's settings; secrets of a method are never among them. */
function mfaMethods(answered: Answered): Fact[] {
  const info = objectAt(answered.data, "key_info");
  return listedKeys(answered).map((id) => {
    const method = objectAt(info, id);
    return fact(answered, "mfa_method", mfaMethodPath(id), {
      method_id: id,
      method: nonEmptyText(method, "type"),
      // Older than the names of methods are the methods.
      name: optionalText(method, "name"),
    });
  });
}

function enforcement(answered: Answered): Fact[] {
  const { data } = answered;
  const name = nameAsked(answered, "name");
  return [
    fact(answered, "login_mfa", `identity/mfa/login-enforcement/${name}`, {
      name,
      mfa_method_ids: names(data, "mfa_method_ids"),
      auth_method_accessors: texts(data, "auth_method_accessors"),
      auth_method_types: texts(data, "auth_method_types"),
      identity_group_ids: texts(data, "identity_group_ids"),
      identity_entity_ids: texts(data, "identity_entity_ids"),
    }),
  ];
}

/** Identities: entities with their aliases, groups, and the second factors that logins must pass. */
export const identity: Family = {
  id: "identity",
  operations: [
    listRow(
      { id: "identity.entities", title: "Ids of entities", path: "identity/entity/id", hides: ["principal"] },
      ["identity.entity"],
    ),
    readRow(
      {
        id: "identity.entity",
        title: "Policies, aliases and groups of an entity",
        path: "identity/entity/id/{name}",
        hides: ["principal"],
      },
      entity,
    ),
    listRow({ id: "identity.groups", title: "Ids of groups", path: "identity/group/id", hides: ["group"] }, [
      "identity.group",
    ]),
    readRow(
      {
        id: "identity.group",
        title: "Policies, members and parents of a group",
        path: "identity/group/id/{name}",
        hides: ["group"],
      },
      group,
    ),
    listRow(
      {
        id: "identity.mfa_methods",
        title: "Second factors",
        path: "identity/mfa/method",
        hides: ["mfa_method"],
      },
      [],
      {
        facts: mfaMethods,
        unread: [],
        entries: { at: "/data/key_info", resource: mfaMethodPath },
      },
    ),
    listRow(
      {
        id: "identity.login_mfas",
        title: "Names of login enforcements",
        path: "identity/mfa/login-enforcement",
        hides: ["login_mfa"],
      },
      ["identity.login_mfa"],
    ),
    readRow(
      {
        id: "identity.login_mfa",
        title: "Who must pass which second factor",
        path: "identity/mfa/login-enforcement/{name}",
        hides: ["login_mfa"],
      },
      enforcement,
    ),
  ],
  roots: ["identity.entities", "identity.groups", "identity.mfa_methods", "identity.login_mfas"],
};
