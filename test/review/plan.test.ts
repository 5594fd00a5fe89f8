import { describe, expect, it } from "vitest";
import {
  ChangeAdvisor,
  demandsOf,
  keptOf,
  type Ask,
  type Choice,
  type Kept,
} from "../../src/review/index.ts";
import { finished } from "../../src/review/remediation/finishing.ts";
import type { Collected, PlanContext } from "../../src/review/remediation/planning.ts";
import type { EstateFacts } from "../access/estate-facts.ts";
import { USER_ALIAS, company, daysAgo, madeOf, person, populationOf, userStore } from "./made.ts";

/** Changes of a campaign that decides on items by principal; what it does not name is certified. */
function planned(
  facts: EstateFacts,
  decide: (item: { readonly name: string; readonly secret: string }) => Choice | undefined,
  own: { readonly left?: boolean } = {},
) {
  const made = madeOf(facts.set());
  const asks: Ask[] = [];
  const kept: Kept[] = [];
  for (const { item: found, targets } of populationOf(made).items) {
    const item =
      own.left === true
        ? { ...found, principal: { ...found.principal, person: person({ status: "terminated" }) } }
        : found;
    const choice = decide({ name: item.principal.name, secret: targets[0] ?? "" });
    const members = new Set(targets);
    if (choice === undefined) {
      kept.push(
        ...keptOf({ item }, { kind: "certify", keep_actions: item.actions, revoke_secrets: [] }, members),
      );
      continue;
    }
    const { demands, from_at } = demandsOf(choice, item, targets);
    asks.push({
      item,
      demands,
      whole: choice.kind !== "reduce",
      ...(from_at === undefined ? {} : { from_at }),
    });
    const { kind, keep_actions = item.actions, revoke_secrets = [], until } = choice;
    if (kind !== "revoke")
      kept.push(
        ...keptOf(
          { item },
          { kind, keep_actions, revoke_secrets, ...(until === undefined ? {} : { until }) },
          members,
        ),
      );
  }
  const all = [...new ChangeAdvisor(made).plan(asks, kept).values()].flat();
  return [...new Map(all.map((change) => [change.key, change])).values()];
}

const REVOKE: Choice = { kind: "revoke" };

function twoMembers(): EstateFacts {
  return company()
    .group("ops", { policies: ["payments"], member_entity_ids: ["kim-id", "pia-id"] })
    .entity("kim", { direct_group_ids: ["ops-id"] })
    .entity("pia", { direct_group_ids: ["ops-id"] });
}

describe("changes of a whole campaign", () => {
  it("are one for a group that several leave", () => {
    const changes = planned(twoMembers(), ({ name }) => (/kim|pia/.test(name) ? REVOKE : undefined));
    expect(changes).toHaveLength(1);
    const [{ commands, what, item_ids } = { commands: [], what: "", item_ids: [] }] = changes;
    expect(what).toBe("Take the entities kim, pia out of the group ops");
    expect(commands).toHaveLength(1);
    expect(commands[0]).toContain(`. - ["kim-id","pia-id"]`);
    expect(item_ids).toHaveLength(4);
  });

  it("that come later are written for what is there by then", () => {
    const until = daysAgo(-90);
    const changes = planned(twoMembers(), ({ name }) =>
      name === "kim" ? REVOKE : name === "pia" ? { kind: "time_limit", until } : undefined,
    );
    expect(changes.map(({ from_at }) => from_at)).toEqual([undefined, until]);
    expect(changes.map(({ commands }) => commands.join()).join()).not.toContain("member_entity_ids=");
  });

  it("take one secret of a policy and leave what is certified by the same", () => {
    const changes = planned(company(), ({ name, secret }) =>
      name === "bo" && secret.includes("db") ? REVOKE : undefined,
    );
    expect(changes).toMatchObject([{ kind: "vault_policy_assignment", takes_kept: [] }]);
    const [{ commands, also } = { commands: [], also: "" }] = changes;
    expect(commands[0]).toContain(`path "kv/data/payments/root-password" { capabilities = ["read"] }`);
    expect(commands[0]).not.toContain("payments/db");
    expect(commands[1]).toMatch(
      /if \. - \["payments"\] == \. then \. else .* \+ \["payments-[0-9a-f]{8}"\] end/,
    );
    expect(also).toContain("whatever else kv/data/payments/* covers");
  });

  it("give what must stay of a group in its place", () => {
    const changes = planned(twoMembers(), ({ name, secret }) =>
      name === "kim" && secret.includes("db") ? REVOKE : undefined,
    );
    expect(changes).toMatchObject([{ kind: "vault_group_member", takes_kept: [] }]);
    const text = changes.flatMap(({ commands }) => commands).join("\n");
    expect(text).toContain("root-password");
    expect(text).toContain(`if vault read -format=json identity/group/id/ops-id | jq -e`);
  });

  it("name what is certified where no rules say what would be left", () => {
    const changes = planned(
      company()
        .mount("pki/", "pki")
        .certificateRole("pki/", "web")
        .policy("everything", `path "+/*" { capabilities = ["read", "update"] }`)
        .entity("cy", { policies: ["everything"] })
        .entity("di", { policies: ["everything"] }),
      ({ name, secret }) => (name === "cy" && secret.includes("db") ? REVOKE : undefined),
    );
    const [{ also, takes_kept } = { also: "", takes_kept: [] }] = changes;
    expect(also).toContain("no exact change exists");
    expect(takes_kept.join("\n")).toMatch(/item [0-9a-f]{12}: cy may .*certified/);
  });

  it("reduce what gives itself any access to the actions that are kept", () => {
    const changes = planned(
      company()
        .entity("cy", { policies: ["all"] })
        .entity("di", { policies: ["all"] }),
      ({ name }) => (name === "cy" ? { kind: "reduce", keep_actions: ["read", "list", "write"] } : undefined),
    );
    expect(changes).toMatchObject([
      { takes_kept: [], also: "also takes away whatever else * covers but the secrets that are named" },
    ]);
    const text = changes.flatMap(({ commands }) => commands).join("\n");
    expect(text).toMatch(/path "kv\/data\/payments\/db" \{ capabilities = \["create", "read", "update"\] \}/);
  });

  it("take a policy of one rule from whom has it, or delete it, and never write it empty", () => {
    const alone = planned(
      company()
        .policy("own", `path "kv/data/mail/*" { capabilities = ["read"] }`)
        .entity("cy", { policies: ["own"] }),
      ({ name }) => (name === "cy" ? REVOKE : undefined),
    );
    expect(alone).toMatchObject([{ kind: "vault_policy_assignment" }]);
    expect(alone.flatMap(({ commands }) => commands).join("\n")).not.toContain("policy write");
  });

  it("end the login of whoever left, and its tokens", () => {
    const changes = planned(
      userStore()
        .entity("ada", USER_ALIAS)
        .token("t1abcdefghij", {
          entity_id: "ada-id",
          display_name: "userpass-ada",
          policies: ["pay"],
          path: "auth/userpass/login/ada",
        }),
      () => REVOKE,
      { left: true },
    );
    expect(changes.flatMap(({ commands }) => commands)).toEqual([
      "vault write identity/entity/id/ada-id disabled=true",
      "vault delete auth/userpass/users/ada",
      "vault token revoke -accessor t1abcdefghij",
    ]);
  });

  it("revoke live tokens that keep what a login gave, by name", () => {
    const changes = planned(
      userStore()
        .entity("ada", USER_ALIAS)
        .entity("bo", { policies: ["pay"] })
        .token("t1abcdefghij", {
          entity_id: "ada-id",
          display_name: "userpass-ada",
          policies: ["pay"],
          path: "auth/userpass/login/ada",
        }),
      ({ name }) => (name === "ada" ? REVOKE : undefined),
    );
    expect(changes.map(({ kind }) => kind).sort()).toEqual(["vault_policy_assignment", "vault_token"]);
    const token = changes.find(({ kind }) => kind === "vault_token");
    expect(token?.what).toContain("token userpass-ada (accessor t1abcdef…)");
    expect(token?.takes_kept).toEqual([]);
  });
});

describe("what is left after an item's path is gone", () => {
  it("is what the changes are about", () => {
    const before = madeOf(userStore().entity("ada", USER_ALIAS).set());
    const [found] = populationOf(before).items.filter(({ item }) => item.principal.name === "ada");
    const now = userStore()
      .entity("ada", USER_ALIAS)
      .token("t1abcdefghij", {
        entity_id: "ada-id",
        display_name: "userpass-ada",
        policies: ["pay"],
        path: "auth/userpass/login/ada",
      });
    const facts = now.set();
    const emptied = madeOf(
      new (facts.constructor as new (all: unknown[], gaps: unknown[]) => typeof facts)(
        [...facts.all()].map((one) =>
          one.id === "vault:auth/userpass/users/ada" ? { ...one, policies: [] } : one,
        ),
        [],
      ),
    );
    const { demands } = demandsOf(REVOKE, found!.item, found!.targets);
    expect(new ChangeAdvisor(emptied).changesFor(found!.item, demands)).toMatchObject([
      { kind: "vault_token", commands: ["vault token revoke -accessor t1abcdefghij"] },
    ]);
  });
});

describe("patches of one document", () => {
  const patched = (place: number, statements: number): Collected => ({
    kind: "iam_statement",
    what: `take statement ${place} out`,
    where: "arn:aws:iam::1:policy/pay",
    commands: ["aws iam create-policy-version"],
    patch: [
      { op: "test", path: `/Statement/${place}`, value: { Sid: String(place) } },
      { op: "remove", path: `/Statement/${place}` },
    ],
    emptied: { statements, what: "detach it", commands: ["aws iam detach-user-policy"] },
    ways: [],
    stage: "",
    reaches: "everyone",
    rests: () => false,
  });
  const none = {
    kept: [],
    one: (id: string) => id,
    others: () => 0,
    grantsOf: () => [],
  } as unknown as PlanContext;

  it("are one, whose places do not move each other", () => {
    const [{ change } = { change: undefined }, ...more] = finished([patched(2, 12), patched(10, 12)], none);
    expect(more).toEqual([]);
    expect(change?.patch?.map(({ path }) => path)).toEqual([
      "/Statement/10",
      "/Statement/10",
      "/Statement/2",
      "/Statement/2",
    ]);
  });

  it("are another change where nothing would be left", () => {
    const [{ change } = { change: undefined }] = finished([patched(0, 2), patched(1, 2)], none);
    expect(change).toMatchObject({ what: "detach it", commands: ["aws iam detach-user-policy"] });
    expect(change?.patch).toBeUndefined();
  });
});
