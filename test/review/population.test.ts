import { describe, expect, it } from "vitest";
import { FactSet } from "../../src/facts/index.ts";
import { substanceOf, type CampaignScope } from "../../src/review/index.ts";
import { STORE, company, daysAgo, madeOf, person, populationOf, previousOf } from "./made.ts";
import { ADA, BO, LOG, itemsOf, logged, read } from "./logged.ts";

describe("a population", () => {
  it("parts a grant by who must decide, and says the path in plain words", () => {
    const { items } = populationOf(
      madeOf(company().set(), { personOf: (id) => (id === ADA ? person() : undefined) }),
    );
    const own = itemsOf(items, ADA);
    expect(own.map(({ item, targets }) => [item.secrets.owner, item.secrets.tier, targets])).toEqual([
      ["payments", "critical", [`${STORE}:kv/payments/root-password`]],
      ["payments", "standard", [`${STORE}:kv/payments/db`]],
    ]);
    expect(new Set(own.map(({ item }) => item.grant_id)).size).toBe(1);
    expect(new Set(own.map(({ item }) => item.item_id)).size).toBe(2);
    expect(own[0]?.item.path).toEqual([
      'Ada Lindqvist is known to the store as the identity "ada"',
      'It is in the group "payments-admins"',
      'It may read kv/data/payments/* (policy "payments", line 1)',
      "Only if this holds: someone gives this entity an alias to log in by",
    ]);
  });

  it("asks two people and security for a root password, and nobody more for what is ordinary", () => {
    const [root, db] = itemsOf(populationOf(madeOf(company().set())).items, BO);
    expect(root?.item.needs).toMatchObject({ reviewers: 2, security: true });
    expect(root?.item.risk).toBe("critical");
    expect(db?.item.needs).toEqual({ reviewers: 1, security: false, because: [] });
    expect(db?.item).toMatchObject({ risk: "standard", privileged: false, change: "first_review" });
  });

  it("holds untiered secrets for critical, and says so", () => {
    const { items } = populationOf(
      madeOf(
        company()
          .entity("cy", { policies: ["all"] })
          .set(),
      ),
    );
    const untiered = itemsOf(items, `${STORE}:identity/entity/id/cy-id`).filter(
      ({ item }) => item.secrets.tier === undefined,
    );
    expect(untiered.length).toBeGreaterThan(0);
    for (const { item } of untiered) {
      expect(item.risk).toBe("critical");
      expect(item.needs.because.join()).toContain("no rule gives the secrets a tier");
    }
  });

  it("says why access is privileged", () => {
    const { items } = populationOf(
      madeOf(
        company()
          .entity("cy", { policies: ["all"] })
          .set(),
      ),
    );
    const reasons = itemsOf(items, `${STORE}:identity/entity/id/cy-id`).flatMap(
      ({ item }) => item.privileged_because ?? [],
    );
    expect(reasons).toContain("it may give itself or others access");
    expect(reasons).toContain("policy all gives it sudo on *");
  });

  it("counts every secret, principal and store, in an item or with a reason", () => {
    const { items, population } = populationOf(madeOf(company().set()));
    expect(population).toMatchObject({
      item_count: items.length,
      complete: true,
      gap_count: 0,
      secrets: { total: 4, in_items: 3, excluded: { "nobody is known to reach it": 1 } },
      principals: { excluded: { "it reaches nothing": 1 } },
      stores: { total: 1, in_items: 1, excluded: {} },
    });
  });

  it("tells secrets, keys and roles apart", () => {
    const { population } = populationOf(madeOf(company().set()));
    expect(population.kinds).toEqual({ secret: 3, key: 1 });
    expect(population.secrets.total).toBe(4);
  });

  it("narrows by scope, and names the rule", () => {
    const terms = {
      assign: "manager" as const,
      scope: { tiers: ["critical"], principal_types: ["entity"] },
      two_people: [],
      unused_days: 90,
    };
    const { items, population } = populationOf(madeOf(company().set(), { terms }));
    expect(items.every(({ item }) => (item.secrets.tier ?? "critical") === "critical")).toBe(true);
    expect(population.secrets.excluded).toEqual({
      "only principals that are out of scope reach it": 1,
      "out of scope: tier standard": 2,
    });
    expect(population.principals.excluded).toEqual({
      "it reaches nothing": 1,
      "out of scope: principals of type auth_role": 1,
    });
  });

  it("keeps in scope what may belong, since its labels could not be read, and says so", () => {
    const terms = { assign: "manager" as const, scope: { tiers: ["low"] }, two_people: [], unused_days: 90 };
    const hidden = company().gap("kv/payments/db", ["secret_metadata"]).set();
    const { items } = populationOf(madeOf(hidden, { terms }));
    expect(new Set(items.flatMap(({ targets }) => targets))).toEqual(new Set([`${STORE}:kv/payments/db`]));
    for (const { item } of items) {
      expect(item.secrets.tier).toBe("critical");
      expect(item.unknowns.join()).toContain("the tier could not be decided");
    }
  });

  it("says of a campaign about some principals that only others reach the rest", () => {
    const { secrets } = populationOf(
      madeOf(company().set(), { terms: { ...TERMS, scope: { principals: [ADA] } } }),
    ).population;
    expect(secrets).toEqual({
      total: 4,
      in_items: 2,
      excluded: { "nobody is known to reach it": 1, "only principals that are out of scope reach it": 1 },
    });
  });

  it("names each word of a scope that fits nothing, with the nearest that would", () => {
    const framework_scopes = { soc: [{ paths: ["kv/payment/*"], labels: ["soc=yes"] }] };
    const unfitting = (scope: CampaignScope) =>
      populationOf(madeOf(company().set(), { terms: { ...TERMS, framework_scopes, scope } })).population
        .unfitting;
    expect(
      unfitting({
        ...{ stores: ["vault", "vualt"], tiers: ["standard", "hihg"], owners: ["paymants", "*"] },
        ...{ environments: ["prodution"], principal_types: ["entity", "entiy"], frameworks: ["soc"] },
      }),
    ).toEqual([
      "scope.stores: vualt fits nothing; did you mean vault?",
      "scope.tiers: hihg fits nothing",
      "scope.owners: paymants fits nothing; did you mean payments?",
      "scope.environments: prodution fits nothing",
      "scope.principal_types: entiy fits nothing; did you mean entity?",
      "framework_scopes.soc.paths: kv/payment/* fits nothing; did you mean kv/payments/db?",
    ]);
    expect(unfitting({ tiers: ["critical"] })).toBeUndefined();
  });

  it("narrows by a store pattern to nothing, and still counts", () => {
    const terms = {
      assign: "manager" as const,
      scope: { stores: ["aws-*"] },
      two_people: [],
      unused_days: 90,
    };
    const { population } = populationOf(madeOf(company().set(), { terms }));
    expect(population).toMatchObject({
      item_count: 0,
      secrets: { total: 4, in_items: 0, excluded: { "out of scope: store vault": 4 } },
      stores: { total: 1, in_items: 0, excluded: { "out of scope: store vault": 1 } },
      complete: true,
    });
  });

  it("is incomplete where secrets or principals could not be listed", () => {
    const secrets = populationOf(madeOf(company().gap("kv/hidden/", ["secret"]).set())).population;
    expect(secrets).toMatchObject({
      complete: false,
      gap_count: 1,
      gaps: ["vault:kv/hidden/: permission denied"],
    });
    const entities = populationOf(
      madeOf(company().gap("identity/entity/id/", ["principal"]).set()),
    ).population;
    expect(entities.complete).toBe(false);
    expect(entities.secrets.excluded).toEqual({
      "nobody is known to reach it, and what could not be read may hide who does": 1,
    });
  });

  it("counts secrets of a store whose access is not computed, and is incomplete", () => {
    const { population } = populationOf(
      madeOf(
        new FactSet(
          [...company().set().all()].map((one) =>
            one.kind === "store" ? { ...one, product: "unheard-of" } : one,
          ),
          [],
        ),
      ),
    );
    expect(population.item_count).toBe(0);
    expect(population.complete).toBe(false);
    expect(population.secrets).toEqual({
      total: 4,
      in_items: 0,
      excluded: { "who may reach it is not computed for its store": 4 },
    });
  });
});

describe("an item's usage", () => {
  const OLD = `${STORE}:identity/entity/id/old-id`;

  it("is not known without a log, and then nothing is unused", () => {
    const { items } = populationOf(madeOf(company().set()));
    for (const { item } of items) expect(item.usage).toMatchObject({ known: false });
    expect(items.every(({ item }) => item.recommendation.kind === "examine")).toBe(true);
  });

  it("is unused where a whole log says so for long enough, and revoking is advised", () => {
    const { items } = populationOf(madeOf(logged(read("db", daysAgo(100)))));
    const [, db] = itemsOf(items, OLD);
    expect(db?.item.usage).toMatchObject({
      known: true,
      unused: true,
      read_count: 3,
      last_used_at: daysAgo(100),
    });
    expect(db?.item.recommendation.kind).toBe("revoke");
  });

  it("is used where it was read, and certifying is advised", () => {
    const [, db] = itemsOf(populationOf(madeOf(logged(read("db", daysAgo(4))))).items, OLD);
    expect(db?.item.usage).toMatchObject({ known: true, unused: false, used_secret_count: 1 });
    expect(db?.item.recommendation.kind).toBe("certify");
  });

  it("is not known where the log has reads of nobody known, by name", () => {
    const span = { ...LOG, unattributed_read_count: 1 };
    const facts = logged(read("db", daysAgo(100)));
    const all = [...facts.all()].map((one) => (one.kind === "log_span" ? span : one));
    const [, db] = itemsOf(populationOf(madeOf(new FactSet(all, []))).items, OLD);
    expect(db?.item.usage).toMatchObject({ known: false });
  });

  it.each([
    ["a hole in the time", { whole_from_at: daysAgo(30) }],
    ["a log that ended long ago", { to_at: daysAgo(20) }],
    ["a log without any reads", { read_count: 0 }],
  ])("is not unused with %s", (_, own) => {
    const facts = logged(read("db", daysAgo(150)));
    const all = [...facts.all()].map((one) => (one.kind === "log_span" ? { ...one, ...own } : one));
    const [, db] = itemsOf(populationOf(madeOf(new FactSet(all, []))).items, OLD);
    expect(db?.item.usage).not.toMatchObject({ unused: true });
    expect(db?.item.recommendation.kind).not.toBe("revoke");
  });

  it("is to be looked at where no use was seen yet, however short the time", () => {
    const facts = logged(read("db", daysAgo(4)));
    const all = [...facts.all()].map((one) => (one.id === OLD ? { ...one, created_at: daysAgo(20) } : one));
    const [root] = itemsOf(populationOf(madeOf(new FactSet(all, []))).items, OLD);
    expect(root?.item.usage).toMatchObject({ known: true, unused: false, read_count: 0 });
    expect(root?.item.recommendation.kind).toBe("examine");
    expect(root?.item.recommendation.reason).toMatch(/^no use of it was seen since 2026-/);
  });

  it("is not unused where the principal is younger than the limit", () => {
    const facts = logged(read("db", daysAgo(100)));
    const all = [...facts.all()].map((one) => (one.id === OLD ? { ...one, created_at: daysAgo(20) } : one));
    const [, db] = itemsOf(populationOf(madeOf(new FactSet(all, []))).items, OLD);
    expect(db?.item.usage).toMatchObject({ known: true, unused: false });
  });
});

describe("what an item says since the last review", () => {
  const previous = previousOf(populationOf(madeOf(company().set())).items);

  it("is the same, new, wider or narrower", () => {
    const same = populationOf(madeOf(company().set(), { previous })).items;
    expect(new Set(same.map(({ item }) => item.change))).toEqual(new Set(["same"]));
    const more = company()
      .secret("kv/", "payments/api")
      .entity("new", { policies: ["payments"] })
      .set();
    const items = populationOf(madeOf(more, { previous })).items;
    const [, wider] = itemsOf(items, BO);
    expect(wider?.item).toMatchObject({
      change: "wider",
      change_detail: "1 secret more",
      recommendation: { kind: "examine" },
    });
    expect(itemsOf(items, `${STORE}:identity/entity/id/new-id`).map(({ item }) => item.change)).toEqual([
      "new",
      "new",
    ]);
    const later = previousOf(populationOf(madeOf(more)).items);
    const [, narrower] = itemsOf(populationOf(madeOf(company().set(), { previous: later })).items, BO);
    expect(narrower?.item).toMatchObject({ change: "narrower", change_detail: "1 secret fewer" });
  });

  it("leaves the substance alone when only line numbers, usage and memory change", () => {
    const substances = (set: FactSet, own = {}) =>
      populationOf(madeOf(set, own)).items.map(({ item }) => substanceOf(item));
    const before = substances(company().set());
    const commented = company("# who pays\n").set();
    expect(substances(commented, { previous, seenSince: () => daysAgo(90) })).toEqual(before);
    expect(populationOf(madeOf(commented)).items.map(({ item }) => item.path)).not.toEqual(
      populationOf(madeOf(company().set())).items.map(({ item }) => item.path),
    );
    expect(substances(company().set(), { personOf: () => person() })).not.toEqual(before);
  });
});

const TERMS = { scope: {}, assign: "manager", two_people: ["*root*", "key"], unused_days: 90 } as const;
