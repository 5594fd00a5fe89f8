import type { Fact } from "../../../facts/index.ts";
import {
  Misshapen,
  nonEmptyText,
  nullableTexts,
  optionalInstant,
  optionalSeconds,
  optionalText,
  setSeconds,
  setText,
} from "../json.ts";
import { protectionOf, transportOf } from "../../../hashicorp/index.ts";
import { ext, fact, listedKeys, type Answered, type Family } from "../operation.ts";
import { listRow, readRow } from "../rows.ts";

function connection(answered: Answered): Fact[] {
  const { data } = answered;
  const { mount = "", name = "" } = answered.params;
  const plugin = nonEmptyText(data, "plugin_name");
  const protection = protectionOf(plugin, data["connection_details"]);
  return [
    fact(answered, "connection", `${mount}config/${name}`, {
      mount,
      name,
      plugin,
      allowed_roles: nullableTexts(data, "allowed_roles"),
      ...(protection === undefined ? {} : { protection }),
      password_policy: setText(data, "password_policy"),
    }),
  ];
}

function dynamicRole(answered: Answered): Fact[] {
  const { data } = answered;
  const { mount = "", name = "" } = answered.params;
  return [
    fact(answered, "dynamic_role", `${mount}roles/${name}`, {
      mount,
      name,
      engine: "database",
      default_ttl_s: setSeconds(data, "default_ttl"),
      max_ttl_s: setSeconds(data, "max_ttl"),
      connection: nonEmptyText(data, "db_name"),
      ext: ext({ credential_type: nonEmptyText(data, "credential_type") }),
    }),
  ];
}

function staticSecrets(answered: Answered): Fact[] {
  const { mount = "" } = answered.params;
  return listedKeys(answered).map((name) =>
    fact(answered, "secret", `${mount}static-roles/${name}`, {
      mount,
      name,
      secret_type: "database_static_role",
    }),
  );
}

function staticRotation(answered: Answered): Fact[] {
  const { data } = answered;
  const { mount = "", name = "" } = answered.params;
  // One of the two is written, whichever the role goes by.
  const period = optionalSeconds(data, "rotation_period");
  const schedule = optionalText(data, "rotation_schedule");
  if (period === undefined && schedule === undefined) {
    throw new Misshapen("rotation_period", "a duration, or rotation_schedule to be there", undefined);
  }
  return [
    fact(answered, "secret_rotation", `${mount}static-roles/${name}`, {
      mount,
      name,
      enabled: true,
      period_s: period,
      schedule,
      // Written once it has been rotated.
      last_rotated_at: optionalInstant(data, "last_vault_rotation"),
      username: nonEmptyText(data, "username"),
      ext: ext({ connection: nonEmptyText(data, "db_name") }),
    }),
  ];
}

/** SQL that the engine runs; a password stands there as a template. */
const STATEMENTS = ["creation", "renew", "revocation", "rollback", "rotation"].map(
  (what) => `/data/${what}_statements`,
);

/** Databases: connections, dynamic and static roles; `creds/` and `static-creds/` are never asked for. */
export const database: Family = {
  id: "database",
  operations: [
    listRow(
      {
        id: "database.connections",
        title: "Names of connections",
        path: "{mount}config",
        hides: ["connection"],
      },
      ["database.connection"],
    ),
    readRow(
      {
        id: "database.connection",
        title: "A connection, of its address whether it is encrypted",
        path: "{mount}config/{name}",
        hides: ["connection"],
      },
      connection,
      // Plugins keep passwords and keys under names of their own, and some connection strings are no URLs.
      {
        condense: { "/data/connection_details": transportOf },
        unread: ["/data/root_credentials_rotate_statements"],
      },
    ),
    listRow(
      {
        id: "database.roles",
        title: "Names of dynamic roles",
        path: "{mount}roles",
        hides: ["dynamic_role"],
      },
      ["database.role"],
    ),
    readRow(
      {
        id: "database.role",
        title: "Lifetimes of a dynamic role",
        path: "{mount}roles/{name}",
        hides: ["dynamic_role"],
      },
      dynamicRole,
      { unread: STATEMENTS },
    ),
    listRow(
      {
        id: "database.static_roles",
        title: "Names of static roles",
        path: "{mount}static-roles",
        hides: ["secret", "secret_rotation"],
      },
      ["database.static_role"],
      { facts: staticSecrets },
    ),
    readRow(
      {
        id: "database.static_role",
        title: "Rotation of a static role",
        path: "{mount}static-roles/{name}",
        hides: ["secret_rotation"],
      },
      staticRotation,
      { unread: STATEMENTS },
    ),
  ],
  roots: ["database.connections", "database.roles", "database.static_roles"],
};
