import { describe, expect, it } from "vitest";
import { computeGrants, type BindingText, type RbacRule, type RoleText } from "../../src/access/index.ts";
import { FactSet, factComplaint, type Fact, type Gap } from "../../src/facts/index.ts";

const AT = "2026-11-27T00:00:00.000Z";
const RECORD = "0".repeat(64);
const base = { store_id: "c", scope: "c", record: RECORD };

const secret = (mount: string, name: string): Fact => ({
  ...base,
  kind: "secret",
  id: `c:${mount}/secrets/${name}`,
  mount,
  name,
  secret_type: "kubernetes_secret",
});

const rule = (verbs: string, resources: string, more: Partial<RbacRule> = {}): RbacRule => ({
  verbs: verbs.split(" "),
  api_groups: [""],
  resources: resources.split(" "),
  resource_names: [],
  ...more,
});

function role(name: string, rules: readonly RbacRule[], more: Partial<RoleText> = {}): Fact {
  const text: RoleText = { role_kind: "ClusterRole", labels: {}, rules: [...rules], ...more };
  const policy_type = "kubernetes_role";
  return {
    ...base,
    kind: "policy_document",
    id: `c:${name}`,
    name,
    policy_type,
    text: JSON.stringify(text),
  };
}

function binding(
  name: string,
  to: string,
  who: BindingText["subjects"],
  more: Partial<BindingText> = {},
): Fact {
  const text: BindingText = { role_kind: "ClusterRole", role_name: to, subjects: who, ...more };
  const policy_type = "kubernetes_binding";
  return {
    ...base,
    kind: "policy_document",
    id: `c:b/${name}`,
    name,
    policy_type,
    text: JSON.stringify(text),
  };
}

const user = (name: string) => [{ subject_kind: "User" as const, name }];

const STORE = { ...base, kind: "store", id: "c", product: "kubernetes" } as Fact;
const SECRETS = [secret("pay", "db"), secret("pay", "tls"), secret("ops", "db")];

function model(facts: readonly Fact[], gaps: readonly Gap[] = []) {
  const all = [STORE, ...SECRETS, ...facts];
  expect(all.map(factComplaint).filter(Boolean)).toEqual([]);
  return computeGrants(new FactSet(all, gaps), { takenAt: AT });
}

const told = (rules: readonly RbacRule[], more: Partial<BindingText> = {}) => {
  const made = model([role("r", rules), binding("b", "r", user("ann"), more)]);
  const [{ id } = { id: "" }] = made.principals;
  return {
    grants: made
      .whatCan(id)
      .map((grant) => `${grant.actions.join("+")} ${grant.certainty} ${[...grant.targets()].join(" ")}`),
    access: made.access(id),
  };
};

const WHOLE = "c:ops/secrets/db c:pay/secrets/db c:pay/secrets/tls";

describe("RBAC", () => {
  it.each([
    ["get", [rule("get", "secrets")], {}, [`read certain ${WHOLE}`]],
    ["list answers with values", [rule("list", "secrets")], {}, [`read+list certain ${WHOLE}`]],
    [
      "a binding in one namespace",
      [rule("get", "secrets")],
      { namespace: "ops" },
      ["read certain c:ops/secrets/db"],
    ],
    ["names", [rule("get", "secrets", { resource_names: ["tls"] })], {}, ["read certain c:pay/secrets/tls"]],
    [
      "the empty name, which is that of a whole list",
      [rule("get list", "secrets", { resource_names: [""] })],
      {},
      [`read+list certain ${WHOLE}`],
    ],
    ["the empty name, of one object", [rule("get", "secrets", { resource_names: [""] })], {}, []],
    ["another API group", [rule("get", "secrets", { api_groups: ["apps"] })], {}, []],
    ["what is beside it", [rule("get", "secrets/status configmaps")], {}, []],
    ["writing without reading", [rule("update delete", "secrets")], {}, [`write+delete certain ${WHOLE}`]],
    ["running pods", [rule("create", "pods")], { namespace: "ops" }, ["read conditional c:ops/secrets/db"]],
    [
      "entering pods",
      [rule("create", "pods/exec")],
      { namespace: "ops" },
      ["read conditional c:ops/secrets/db"],
    ],
    ["nodes of a namespace", [rule("get", "nodes/proxy")], { namespace: "ops" }, []],
    [
      "a container beside those of a pod",
      [rule("patch", "pods/ephemeralcontainers")],
      { namespace: "ops" },
      ["read conditional c:ops/secrets/db"],
    ],
    [
      "another image of a pod",
      [rule("patch", "pods")],
      { namespace: "ops" },
      ["read conditional c:ops/secrets/db"],
    ],
    [
      "webhooks, which hold for the whole cluster",
      [rule("create", "mutatingwebhookconfigurations", { api_groups: ["admissionregistration.k8s.io"] })],
      {},
      [`read conditional ${WHOLE}`],
    ],
    [
      "webhooks by a binding of one namespace",
      [rule("create", "mutatingwebhookconfigurations", { api_groups: ["admissionregistration.k8s.io"] })],
      { namespace: "ops" },
      [],
    ],
    ["impersonating within a namespace", [rule("impersonate", "users")], { namespace: "ops" }, []],
  ])("%s", (_, rules, more, expected) => {
    expect(told(rules, more).grants).toEqual(expected);
  });

  it.each([
    ["everything", [rule("*", "*", { api_groups: ["*"] })], {}, true],
    ["impersonating any user", [rule("impersonate", "users")], {}, true],
    ["impersonating one group", [rule("impersonate", "groups", { resource_names: ["dev"] })], {}, false],
    [
      "escalating",
      [rule("escalate update", "roles", { api_groups: ["rbac.authorization.k8s.io"] })],
      { namespace: "ops" },
      true,
    ],
    [
      "writing roles",
      [rule("update create", "roles rolebindings", { api_groups: ["rbac.authorization.k8s.io"] })],
      {},
      false,
    ],
    [
      "binding",
      [rule("bind create", "clusterroles rolebindings", { api_groups: ["rbac.authorization.k8s.io"] })],
      {},
      true,
    ],
    [
      "binding one",
      [
        rule("bind create", "clusterroles rolebindings", {
          api_groups: ["rbac.authorization.k8s.io"],
          resource_names: ["view"],
        }),
      ],
      {},
      false,
    ],
  ])("%s gives access, or not", (_, rules, more, expected) => {
    expect(told(rules, more).access.administers).toBe(expected);
  });

  it("names rules over all secrets, and none with names", () => {
    const { access } = told([
      rule("get", "secrets", { line: 7 }),
      rule("get", "secrets", { resource_names: ["db"] }),
    ]);
    expect(access.wildcard_rules).toEqual(["ClusterRole r:7 secrets in all namespaces"]);
  });

  it("counts readers, and lets in everyone by name", () => {
    const made = model([
      role("r", [rule("get", "secrets")]),
      binding("open", "r", [{ subject_kind: "Group", name: "system:unauthenticated" }]),
      binding("own", "r", [{ subject_kind: "ServiceAccount", name: "api", namespace: "pay" }]),
    ]);
    expect(made.readers("c:pay/secrets/db")).toMatchObject({
      count: 2,
      public: 1,
      reader_and_granter_count: 0,
    });
    expect(made.principals.map(({ id, principal_type }) => `${principal_type} ${id}`)).toEqual([
      "anyone c:groups/system:unauthenticated",
      "service_account c:serviceaccounts/pay/api",
    ]);
  });

  it("fills roles from others, and knows those that every cluster has", () => {
    const made = model([
      role("part", [rule("get", "secrets")], {
        labels: { "rbac.authorization.k8s.io/aggregate-to-view": "true" },
      }),
      role("all", [], {
        aggregates: [
          { match_labels: { "rbac.authorization.k8s.io/aggregate-to-view": "true" }, more: false },
        ],
      }),
      binding("a", "all", user("ann")),
      binding("b", "view", user("bob")),
      binding("c", "cluster-admin", user("cid"), { namespace: "ops" }),
    ]);
    expect(made.access("c:users/ann").readable_secret_count).toBe(3);
    expect(made.access("c:users/bob").readable_secret_count).toBe(3);
    expect(made.access("c:users/cid")).toMatchObject({ readable_secret_count: 1, administers: true });
  });

  it("passes nobody whose role was not read", () => {
    const gap: Gap = {
      store_id: "c",
      scope: "c",
      operation: "gate",
      reason: "unknown",
      hides: ["policy_document"],
      detail: "x",
    };
    const facts = [binding("b", "elsewhere", user("ann"))];
    expect(model(facts).access("c:users/ann").certainty).toBe("certain");
    expect(model(facts, [gap]).access("c:users/ann").certainty).toBe("possible");
    expect(model(facts, [gap]).mayReach("c:users/ann", "pay/")).toBe(true);
  });
});

describe("many holders", () => {
  const accounts = (count: number): BindingText["subjects"] =>
    Array.from({ length: count }, (_, nth) => ({
      subject_kind: "ServiceAccount" as const,
      name: `sa${nth}`,
      namespace: `n${nth % 50}`,
    }));
  const made = (roles: number, facts: readonly Fact[]) => {
    const labels = { "rbac.authorization.k8s.io/aggregate-to-edit": "true" };
    const some = Array.from({ length: roles }, (_, nth) =>
      role(`r${nth}`, [rule("get", "secrets")], { labels }),
    );
    const secrets = Array.from({ length: 500 }, (_, nth) => secret(`n${nth % 50}`, `s${nth}`));
    return computeGrants(new FactSet([STORE, ...secrets, ...some, ...facts], []), { takenAt: AT });
  };

  // Asking each of everybody, or of every secret, would be 400 and 10 million questions.
  it("of one role are asked once", () => {
    const model = made(0, [binding("b", "cluster-admin", accounts(20_000))]);
    expect(model.principals).toHaveLength(20_000);
    expect(new Set(model.principals.map(({ id }) => model.access(id).impersonated_count))).toEqual(
      new Set([19_999]),
    );
    const [{ id: apart } = { id: "" }] = model.principals;
    for (const { id } of model.targets) {
      const { sample, ...readers } = model.readers(id, new Set([apart]));
      expect(readers).toMatchObject({
        count: 20_000,
        writer_count: 20_000,
        reader_and_granter_count: 19_999,
        apart_count: 1,
      });
      expect(sample.map(({ principal_id }) => principal_id)).toEqual(
        model.principals.slice(0, 50).map(({ id: first }) => first),
      );
    }
  });

  it("of a role with the rules of 2,000 others are asked once for each place", () => {
    const bindings = accounts(2_000).map((one, nth) =>
      binding(`b${nth}`, "edit", [one], { namespace: one.namespace ?? "" }),
    );
    const model = made(2_000, bindings);
    for (const { id } of model.principals)
      expect(model.access(id)).toMatchObject({ readable_secret_count: 10, impersonated_count: 39 });
    expect(model.readers("c:n0/secrets/s0")).toMatchObject({ count: 40, writer_count: 40 });
  });
});
