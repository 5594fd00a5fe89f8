import { describe, expect, it } from "vitest";
import { STORE, entity, fact, gap, role, store, subject } from "./facts.ts";

describe("a disabled identity", () => {
  const up = fact("auth_method", "auth/userpass/", {
    path: "auth/userpass/",
    method: "userpass",
    accessor: "up",
  });
  const user = (name: string, policies: string[]) =>
    role(name, { role_type: "user", method: "userpass", alias_name: name, policies }, "auth/userpass/");
  const aliases = [{ alias_id: "a1", name: "Ada", mount_accessor: "up", labels: {} }];
  const made = (disabled: boolean, gaps: Parameters<typeof gap>[] = []) =>
    subject(
      "principal",
      [store(), up, user("ada", ["pay", "app"]), user("bo", ["ops"]), entity("ada", { disabled, aliases })],
      { id: `${STORE}:identity/entity/id/ada`, gaps: gaps.map((one) => gap(...one)) },
    );

  it("has the policies of the users that are it at every login, and no other's", () => {
    expect(made(true)).toMatchObject({ login_policies: ["app", "pay"], policies: [] });
    expect(made(false)).not.toHaveProperty("login_policies");
  });

  it("has none that is known to be none where one of its logins could not be read, though another is harmless", () => {
    const approle = fact("auth_method", "auth/approle/", {
      path: "auth/approle/",
      method: "approle",
      accessor: "ar",
    });
    const both = [...aliases, { alias_id: "a2", name: "role-id-1", mount_accessor: "ar", labels: {} }];
    const seen = [store(), up, approle, user("ada", []), entity("ada", { disabled: true, aliases: both })];
    const alone = (facts: typeof seen, gaps: Parameters<typeof gap>[]) =>
      subject("principal", [...seen, ...facts], {
        id: `${STORE}:identity/entity/id/ada`,
        gaps: gaps.map((one) => gap(...one)),
      });
    const open = role("app", { policies: ["admin"] });
    const roleId = `${STORE}:auth/approle/role/app`;
    expect(alone([], [])).toMatchObject({ login_policies: [] });
    expect(alone([open], [[["auth_role_alias"], roleId]])).not.toHaveProperty("login_policies");
    expect(alone([], [[["auth_role"], roleId]])).not.toHaveProperty("login_policies");
    expect(alone([], [[["auth_role", "auth_role_alias"], `${STORE}:auth/approle/`]])).not.toHaveProperty(
      "login_policies",
    );
    // What it never comes in by says nothing of it.
    expect(alone([], [[["auth_role"], `${STORE}:auth/jwt/`]])).toMatchObject({ login_policies: [] });
  });

  it("is not known to have none where the methods behind its aliases could not be listed", () => {
    const made = subject("principal", [store(), entity("ada", { disabled: true, aliases })], {
      gaps: [gap(["auth_method"], `${STORE}:sys/auth`)],
    });
    expect(made).not.toHaveProperty("login_policies");
  });

  it("has what its groups give, those that they are in as well", () => {
    const group = (name: string, own: object) =>
      fact("group", `identity/group/id/${name}`, {
        name,
        native_id: name,
        group_type: "internal",
        policies: [],
        member_entity_ids: [],
        member_group_ids: [],
        parent_group_ids: [],
        labels: {},
        ...own,
      });
    const of = (groups: readonly ReturnType<typeof group>[], gaps: Parameters<typeof gap>[] = []) =>
      subject("principal", [store(), entity("ada", { disabled: true, direct_group_ids: ["g"] }), ...groups], {
        id: `${STORE}:identity/entity/id/ada`,
        gaps: gaps.map((one) => gap(...one)),
      });
    const harmless = group("g", { parent_group_ids: ["above"] });
    expect(of([harmless, group("above", { policies: ["ops"] })])).toMatchObject({ group_policies: ["ops"] });
    expect(of([harmless])).toMatchObject({ group_policies: [] });
    expect(of([harmless], [[["group"], `${STORE}:identity/group/id/above`]])).not.toHaveProperty(
      "group_policies",
    );
    expect(
      of([group("g", { policies: ["ops"], parent_group_ids: ["above"] })], [[["group"], `${STORE}:`]]),
    ).toMatchObject({ group_policies: ["ops"] });
  });

  it("has what its directory's settings and the groups of its user give", () => {
    const ldap = fact("auth_method", "auth/ldap/", { path: "auth/ldap/", method: "ldap", accessor: "up" });
    const settings = fact("auth_config", "auth/ldap/config", {
      mount: "auth/ldap/",
      method: "ldap",
      settings: { token_policies: ["staff"] },
    });
    const member = (name: string, own: Parameters<typeof role>[1]) =>
      role(name, { method: "ldap", ...own }, "auth/ldap/");
    const facts = [
      store(),
      ldap,
      member("ada", { role_type: "user", alias_name: "ada", groups: ["Eng"] }),
      member("eng", { role_type: "group", policies: ["deploy"] }),
      member("ops", { role_type: "group", policies: ["root-like"] }),
      entity("ada", { disabled: true, aliases }),
    ];
    const of = (more: readonly (typeof settings)[], gaps: Parameters<typeof gap>[] = []) =>
      subject("principal", [...facts, ...more], {
        id: `${STORE}:identity/entity/id/ada`,
        gaps: gaps.map((one) => gap(...one)),
      });
    expect(of([settings])).toMatchObject({ login_policies: ["deploy", "staff"] });
    expect(of([])).toMatchObject({ login_policies: ["deploy"] });
    const alone = subject("principal", [store(), ldap, entity("ada", { disabled: true, aliases })], {
      id: `${STORE}:identity/entity/id/ada`,
      gaps: [gap(["auth_config"], `${STORE}:auth/ldap/config`)],
    });
    expect(alone).not.toHaveProperty("login_policies");
  });

  it("has none that is known to be none where users or roles could not be read", () => {
    const alone = (gaps: Parameters<typeof gap>[]) =>
      subject("principal", [store(), up, entity("ada", { disabled: true, aliases })], {
        gaps: gaps.map((one) => gap(...one)),
      });
    expect(alone([])).toMatchObject({ login_policies: [] });
    for (const kind of ["auth_method", "auth_role", "auth_role_alias"] as const)
      expect(alone([[[kind], `${STORE}:auth/userpass/`]]), kind).not.toHaveProperty("login_policies");
    expect(made(true, [[["auth_role"], `${STORE}:auth/ldap/`]])).toMatchObject({
      login_policies: ["app", "pay"],
    });
  });
});
