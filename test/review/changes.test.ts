import { describe, expect, it } from "vitest";
import { ChangeAdvisor, changeText, demandsOf, type ConcreteChange } from "../../src/review/index.ts";
import { FactSet } from "../../src/facts/index.ts";
import { aliasOf, type EstateFacts } from "../access/estate-facts.ts";
import { openExample } from "../evidence/example.ts";
import { computeGrants } from "../../src/access/index.ts";
import { USER_ALIAS, company, madeOf, populationOf, userStore } from "./made.ts";

function changes(facts: FactSet, principal: string): ConcreteChange[] {
  const made = madeOf(facts);
  const advisor = new ChangeAdvisor(made);
  const { items } = populationOf(made);
  const asks = items
    .filter(({ item }) => item.principal.name === principal)
    .map(({ item, targets }) => ({ item, demands: demandsOf({ kind: "revoke" }, item, targets).demands }));
  const planned = [...advisor.plan(asks).values()].flat();
  return [...new Map(planned.map((change) => [change.key, change])).values()];
}

describe("changes of a Vault", () => {
  it("take a member out of a group that others are in", () => {
    const facts = company()
      .group("payments-admins2", { policies: ["payments"], member_entity_ids: ["cy-id", "di-id"] })
      .entity("cy", { direct_group_ids: ["payments-admins2-id"] })
      .entity("di", { direct_group_ids: ["payments-admins2-id"] });
    const [change] = changes(facts.set(), "cy");
    expect(change).toMatchObject({
      kind: "vault_group_member",
      commands: [
        `vault read -format=json identity/group/id/payments-admins2-id | jq '{member_entity_ids: ((.data.member_entity_ids // []) | . - ["cy-id"])}' | vault write identity/group/id/payments-admins2-id -`,
      ],
      other_principal_count: 0,
      other_secret_count: 0,
    });
  });

  it("take a shared policy from the one who has it", () => {
    const [change] = changes(company().set(), "bo");
    expect(change).toMatchObject({
      kind: "vault_policy_assignment",
      diff: "- policies = payments\n+ policies = ",
      commands: [
        `vault read -format=json identity/entity/id/bo-id | jq '{policies: ((.data.policies // []) | . - ["payments"])}' | vault write identity/entity/id/bo-id -`,
      ],
    });
  });

  it("take the rule out of a policy that nobody else has, as it is written", () => {
    const text = `# mine\npath "kv/data/mail/*" {\n  # {not a brace}\n  capabilities = ["read"]\n}\npath "x/*" { capabilities = ["read"] }\n`;
    const made = company()
      .policy("own", text)
      .entity("cy", { policies: ["own"] })
      .set();
    const written = [...made.all()].map((one) =>
      one.id === "vault:sys/policies/acl/own" ? { ...one, text } : one,
    );
    const [change] = changes(new FactSet(written, []), "cy");
    expect(change?.kind).toBe("vault_policy_rule");
    expect(change?.diff).toBe(
      [
        "--- policy own",
        "+++ policy own",
        "@@ line 2 @@",
        '-path "kv/data/mail/*" {',
        "-  # {not a brace}",
        '-  capabilities = ["read"]',
        "-}",
      ].join("\n"),
    );
    expect(change?.also).toBe("takes nothing else away");
  });

  it("leave the capabilities that a reduction keeps", () => {
    const made = madeOf(company().set());
    const asks = populationOf(made)
      .items.filter(({ item }) => item.principal.name.endsWith("deployer") && item.actions.includes("write"))
      .map(({ item, targets }) => ({
        item,
        demands: demandsOf({ kind: "reduce", keep_actions: ["read", "list"] }, item, targets).demands,
      }));
    expect(asks.length).toBe(2);
    const [changes] = new ChangeAdvisor(made).plan(asks).values();
    const [change] = changes ?? [];
    expect(change?.what).toBe("In the policy deploy, leave kv/data/payments/* only read");
    expect(change?.diff).toContain('+path "kv/data/payments/*" { capabilities = ["read"] }');
  });

  it("revoke a token, and quote what a shell would run", () => {
    const facts = company()
      .token("t1", { policies: ["payments"] })
      .policy("a'; rm -rf /", `path "kv/data/mail/*" { capabilities = ["read"] }`)
      .entity("cy", { policies: ["a'; rm -rf /"] });
    expect(changes(facts.set(), "token-t1")[0]?.commands).toEqual(["vault token revoke -accessor t1"]);
    expect(changes(facts.set(), "cy")[0]?.commands[0]).toContain(`["a'\\''; rm -rf /"]`);
  });

  it("are told to be none, with where to look, where no rule is known", () => {
    const made = madeOf(company().set());
    const { item, targets } = populationOf(made).items.find(({ item: one }) => one.principal.name === "bo")!;
    const unknown = {
      ...item,
      statements: [],
      principal: { ...item.principal, id: "vault:gone", name: "gone" },
    };
    const { demands } = demandsOf({ kind: "revoke" }, unknown, targets);
    expect(new ChangeAdvisor(made).changesFor(unknown, demands)).toMatchObject([
      {
        kind: "by_hand",
        what: expect.stringMatching(/^No change is proposed: .*Look at the paths/) as string,
      },
    ]);
    expect(new ChangeAdvisor(made).changesFor(unknown, [])).toEqual([]);
  });

  it("are by hand where nothing here knows how", () => {
    const facts = company().set();
    const made = madeOf(facts);
    const [first] = populationOf(made).items;
    const item = {
      ...first!.item,
      statements: [{ actions: ["read"] as const, through: [], policy: "roles/owner", policy_id: "gcp:x" }],
    };
    const [change] = new ChangeAdvisor(made).changesFor(item, [
      { actions: ["read"], targets: first!.targets, kept_actions: [] },
    ]);
    expect(change).toMatchObject({
      kind: "by_hand",
      what: "Change by hand: policy roles/owner",
      commands: [],
    });
  });
});

describe("changes for a login and its identity", () => {
  const reduced = (facts: EstateFacts) => {
    const made = madeOf(facts.set());
    const [one] = populationOf(made).items.filter(
      ({ item }) => item.principal.id === "vault:identity/entity/id/ada-id",
    );
    const { demands } = demandsOf({ kind: "reduce", keep_actions: ["read"] }, one!.item, one!.targets);
    return new ChangeAdvisor(made).changesFor(one!.item, demands);
  };

  it("take one action out of the rule that nobody else has", () => {
    expect(reduced(userStore().entity("ada", USER_ALIAS))).toMatchObject([
      {
        kind: "vault_policy_rule",
        what: "In the policy pay, leave kv/data/payments/* only read",
        other_principal_count: 0,
        also: "takes nothing else away",
      },
    ]);
    const both = userStore()
      .method("auth/approle/", "approle", "ar")
      .role("auth/approle/", "app", { method: "approle", policies: ["pay"] })
      .roleAlias("auth/approle/", "app", "app-id");
    const aliases = [...USER_ALIAS.aliases, aliasOf("app-id", "ar")];
    for (const change of reduced(both.entity("ada", { aliases })))
      expect(change).toMatchObject({ kind: "vault_policy_rule", other_principal_count: 0 });
  });

  it("spare others who have the rule", () => {
    const others = userStore()
      .entity("ada", USER_ALIAS)
      .entity("bo", { policies: ["pay"] });
    expect(reduced(others)).toMatchObject([
      {
        kind: "vault_policy_assignment",
        where: "vault:auth/userpass/users/ada",
        also: "takes nothing else away",
      },
      { kind: "vault_login_tokens", commands: ["vault token revoke -mode=path auth/userpass/login/ada"] },
    ]);
  });
});

describe("changes of the recorded AWS estate", async () => {
  const { facts, manifest, config } = await openExample("aws");
  const model = computeGrants(facts, { takenAt: manifest.taken_at });
  const made = madeOf(facts, { model, asOf: manifest.taken_at }, config.rules);
  const advisor = new ChangeAdvisor({ model, facts });
  const found = populationOf({ ...made, facts, subjects: [] }).items.filter((_, place) => place % 11 === 0);
  const all = found.flatMap(({ item, targets }) =>
    advisor.changesFor(item, demandsOf({ kind: "revoke" }, item, targets).demands),
  );

  it("say something for every item, without an order to lock an account out of its key", () => {
    expect(found.length).toBeGreaterThan(100);
    for (const { item, targets } of found)
      expect(
        advisor.changesFor(item, demandsOf({ kind: "revoke" }, item, targets).demands).length,
      ).toBeGreaterThan(0);
    const patches = all.flatMap(({ patch = [] }) => patch.map(({ value }) => JSON.stringify(value ?? "")));
    expect(patches.length).toBeGreaterThan(0);
    expect(
      patches.some(
        (text) =>
          text.includes('"Principal":{"AWS":"arn:aws:iam::') && text.includes(':root"},"Action":"kms:*"'),
      ),
    ).toBe(false);
  });

  it("are one patch of a document, from its last place to its first, that never leave it empty", () => {
    const asks = populationOf({ ...made, facts, subjects: [] }).items.map(({ item, targets }) => ({
      item,
      demands: demandsOf({ kind: "revoke" }, item, targets).demands,
    }));
    const texts = new Map(
      [...facts.of("policy_document"), ...facts.of("resource_policy")].map(({ id, text }) => [id, text]),
    );
    const changes = new Set([...advisor.plan(asks).values()].flat());
    for (const { where, patch = [] } of changes) {
      const gone = patch.flatMap(({ op, path }) =>
        op === "remove" && /^\/Statement\/\d+$/.test(path) ? [path] : [],
      );
      const ids = [where, `${where}#trust`, `${where}#policy`].flatMap((name) => [
        name,
        `aws-production:${name}`,
      ]);
      const text = [...texts].find(([id]) => ids.some((name) => id === name || id.endsWith(`:${name}`)))?.[1];
      const places = gone.map((path) => Number(path.replace("/Statement/", "")));
      expect(places).toEqual(places.toSorted((a, b) => b - a));
      if (text === undefined || gone.length === 0) continue;
      const { Statement: all } = JSON.parse(text) as { Statement: unknown[] };
      expect({ where, left: all.length - gone.length }).not.toEqual({ where, left: 0 });
    }
    expect([...changes].some(({ what }) => what.endsWith("it says nothing else"))).toBe(true);
  });

  it("name what else they take away", () => {
    const kinds = new Set(all.map(({ kind }) => kind));
    for (const kind of [
      "iam_detach",
      "iam_group_member",
      "iam_statement",
      "iam_trust",
      "aws_resource_policy",
    ])
      expect(kinds).toContain(kind);
    expect(all.every((change) => changeText(change).includes(change.also))).toBe(true);
  });
});
