import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FACT_KINDS, gapDigest, type FactKind, type Gap } from "../../src/facts/index.ts";
import { GapIndex } from "../../src/subjects/gap-index.ts";
import { STORE, gap } from "./facts.ts";

const ID = `${STORE}:kv/payments/db`;

const kindsOf = (hidden: readonly { fact_kind: string }[]): string[] =>
  hidden.map(({ fact_kind }) => fact_kind);

describe("what may hide access to many things of a cloud", () => {
  const region = "aws/111122223333/eu-central-1";
  const secret = (name: string): string =>
    `aws:arn:aws:secretsmanager:eu-central-1:111122223333:secret:${name}`;
  const hidden = (hides: FactKind[], name: string, scope = region): Gap => ({
    ...gap(hides, secret(name)),
    store_id: "aws",
    scope,
  });
  const grantOf = (gaps: Gap[], name: string) =>
    new GapIndex(gaps, [], new Set(["aws"]))
      .ofSecret(region, secret(name))
      .filter(({ fact_kind }) => fact_kind === "grant");

  it("is counted for each: what each shares with the others, and what is its own, once", () => {
    const aliases = ["a", "b", "c"].map((name) => hidden(["key_alias"], name));
    const own = hidden(["resource_policy"], "a");
    const elsewhere = hidden(["key_alias"], "d", "aws/111122223333/us-east-1");
    const all = [...aliases, own, elsewhere];
    expect(grantOf(all, "a")).toMatchObject([
      { gap_count: 4, gap: [...aliases, own].map(gapDigest).sort()[0] },
    ]);
    expect(grantOf(all, "b")).toMatchObject([{ gap_count: 3, gap: aliases.map(gapDigest).sort()[0] }]);
    expect(grantOf([own], "a")).toMatchObject([{ gap_count: 1, gap: gapDigest(own) }]);
    expect(grantOf([own], "b")).toEqual([]);
  });
});

describe("a gap reaches", () => {
  it.each([
    ["the thing that it names", ID, true],
    ["everything below a folder", `${STORE}:kv/payments/`, true],
    ["everything in an engine", `${STORE}:kv/`, true],
    ["everything in the store", `${STORE}:`, true],
    ["the whole store, where it names nothing", undefined, true],
    ["nothing beside what it names", `${STORE}:kv/payments/db2`, false],
    ["nothing below what is no folder", `${STORE}:kv/payments`, false],
    ["nothing above", `${ID}/deeper`, false],
    ["nothing in a folder of a like name", `${STORE}:kv/pay/`, false],
  ])("%s", (_what, resource, reaches) => {
    const index = new GapIndex([gap(["secret_metadata"], resource)]);
    expect(kindsOf(index.of(STORE, ID))).toEqual(reaches ? ["secret_metadata"] : []);
  });

  it("no other store", () => {
    const index = new GapIndex([gap(["secret_metadata"])]);
    expect(index.of("vault-us", "vault-us:kv/payments/db")).toEqual([]);
    expect(index.ofStore("vault-us")).toEqual([]);
  });

  it("everything in an engine whose own settings it hides, but hides nothing else there", () => {
    const index = new GapIndex([gap(["secret_engine_config", "sink"], `${STORE}:kv/config`)]);
    expect(kindsOf(index.of(STORE, ID, `${STORE}:kv/`))).toEqual(["secret_engine_config"]);
    expect(index.of(STORE, `${STORE}:kv2/db`, `${STORE}:kv2/`)).toEqual([]);
    expect(index.of(STORE, ID)).toEqual([]);
  });

  it("the store's own document and the estate's, wherever in the store it is", () => {
    const index = new GapIndex([gap(["secret_metadata"], ID), gap(["sink"], `${STORE}:sys/audit/`)]);
    expect(kindsOf(index.ofStore(STORE))).toEqual(["pasted_credential", "secret_metadata", "sink"]);
    expect(kindsOf(index.ofEstate())).toEqual(["secret_metadata", "sink"]);
  });
});

describe("a pasted credential", () => {
  it.each(FACT_KINDS)("may stand in what a gap hides of %s, unless there are only numbers", (kind) => {
    const numbers: readonly FactKind[] = [
      "account_public_access",
      "health",
      "key_rotation",
      "key_rotation_history",
      "endpoint",
      "lease_count",
      "node_config",
      "detection",
      "detection_run",
      "log_actor",
      "log_span",
      "store_config",
      "revocation_list",
      "secret_version",
      "service_use",
      "token_count",
      "usage",
    ];
    const hidden = kindsOf(new GapIndex([gap([kind], ID)]).ofStore(STORE));
    expect(hidden.includes("pasted_credential")).toBe(!numbers.includes(kind));
  });
});

describe("what is hidden", () => {
  it("is told once a kind: how many gaps, and the first by digest", () => {
    const gaps = [
      gap(["secret"], ID, { reason: "denied" }),
      gap(["secret"], undefined, { reason: "timeout" }),
    ];
    const first = gaps
      .map((one) => ({ one, digest: gapDigest(one) }))
      .sort((a, b) => (a.digest < b.digest ? -1 : 1))[0]!;
    expect(new GapIndex(gaps).of(STORE, ID)).toEqual([
      { fact_kind: "secret", reason: first.one.reason, gap: first.digest, gap_count: 2 },
    ]);
  });

  it("does not depend on the order of the gaps", () => {
    const gaps = [gap(["secret", "sink"]), gap(["secret"], ID), gap(["mount"], `${STORE}:`)];
    expect(new GapIndex([...gaps].reverse()).ofStore(STORE)).toEqual(new GapIndex(gaps).ofStore(STORE));
  });

  it("is nothing where there are no gaps", () => {
    const index = new GapIndex([]);
    expect([
      index.of(STORE, ID),
      index.ofSecret(STORE, ID, `${STORE}:kv/`),
      index.ofPrincipal(STORE, ID),
    ]).toEqual([[], [], []]);
    expect([index.ofStore(STORE), index.ofEstate(), index.hides(STORE, FACT_KINDS)]).toEqual([[], [], false]);
  });
});

describe("effective access is hidden", () => {
  const principal = `${STORE}:auth/approle/role/app`;
  it.each([
    ["a policy, which it may have through a group", "policy_document", `${STORE}:sys/policies/acl/pay`, true],
    ["a group", "group", `${STORE}:identity/group/id/g1`, true],
    [
      "another role, whose credentials it may hand out",
      "auth_role",
      `${STORE}:auth/approle/role/other`,
      true,
    ],
    ["an identity, which may log in through it", "principal", `${STORE}:identity/entity/id/e1`, true],
    ["a secret that it may read", "secret", ID, true],
    ["another's live token", "token", `${STORE}:auth/token/accessor/a1`, false],
    ["all tokens", "token", `${STORE}:auth/token/`, true],
    ["what grants do not come from", "sink", `${STORE}:sys/audit/`, false],
  ] as const)("to a principal by a gap of %s: %s", (_what, kind, resource, hidden) => {
    const index = new GapIndex([gap([kind], resource)]);
    expect(kindsOf(index.ofPrincipal(STORE, principal)).includes("grant")).toBe(hidden);
  });

  it("to many principals by many gaps, each of which is looked at once", () => {
    let looked = 0;
    const gaps = Array.from({ length: 50 }, (_, nth) => {
      const one = gap(["policy_document"], `${STORE}:sys/policies/acl/p${nth}`);
      const { hides } = one;
      return Object.defineProperty({ ...one }, "hides", {
        enumerable: true,
        get: () => ((looked += 1), hides),
      });
    });
    const index = new GapIndex(gaps);
    const found = Array.from({ length: 50 }, (_, nth) => index.ofPrincipal(STORE, `${principal}${nth}`));
    expect(new Set(found.map((one) => one[0]?.gap_count))).toEqual(new Set([50]));
    expect(looked).toBeLessThan(50 * 50);
  });

  it("to a principal by a gap of its own token", () => {
    const id = `${STORE}:auth/token/accessor/a1`;
    expect(kindsOf(new GapIndex([gap(["token"], id)]).ofPrincipal(STORE, id))).toEqual(["grant", "token"]);
  });

  it("of a secret by any gap that grants come from, wherever it is", () => {
    const index = new GapIndex([gap(["token"], `${STORE}:auth/token/accessor/a1`)]);
    expect(kindsOf(index.ofSecret(STORE, ID, `${STORE}:kv/`))).toEqual(["grant"]);
  });
});

describe("principals of which the same is hidden", () => {
  const principal = (name: string): string => `${STORE}:auth/approle/role/${name}`;

  it("have it worked out once, and those with gaps of their own have these beside", () => {
    const index = new GapIndex([gap(FACT_KINDS, undefined), gap(["auth_role"], principal("own"))]);
    const first = index.ofPrincipal(STORE, principal("a"));
    expect(index.ofPrincipal(STORE, principal("b"))).toBe(first);
    const own = index.ofPrincipal(STORE, principal("own"));
    expect(own.find(({ fact_kind }) => fact_kind === "auth_role")?.gap_count).toBe(2);
    expect(first.find(({ fact_kind }) => fact_kind === "auth_role")?.gap_count).toBe(1);
    expect(kindsOf(index.ofPrincipal(STORE, principal("a"), { holdsTokens: true }))).toContain("held_token");
    expect(kindsOf(first)).not.toContain("held_token");
  });
});

describe("secrets of an engine that could not be listed", () => {
  const principal = `${STORE}:auth/approle/role/app`;
  const legacy = `${STORE}:legacy/`;
  const engines = [`${STORE}:kv/`, legacy];
  const secrets: readonly FactKind[] = ["secret", "secret_metadata", "secret_version"];
  const reaching = (...reached: string[]) => ({ mayReach: (engine: string) => reached.includes(engine) });

  it.each([
    ["all of it", legacy],
    ["a folder", `${legacy}old/`],
  ])("change nothing for who can read a secret elsewhere: %s", (_what, resource) => {
    const index = new GapIndex([gap(secrets, resource)], engines);
    expect(index.ofSecret(STORE, ID, `${STORE}:kv/`)).toEqual([]);
    expect(kindsOf(index.ofSecret(STORE, `${legacy}old/a`, legacy))).toContain("grant");
  });

  it("hide access of those alone whose rules lead there", () => {
    const index = new GapIndex([gap(secrets, legacy)], engines);
    expect(index.ofPrincipal(STORE, principal, reaching(`${STORE}:kv/`))).toEqual([]);
    expect(kindsOf(index.ofPrincipal(STORE, principal, reaching(legacy)))).toEqual(["grant"]);
    expect(kindsOf(index.ofPrincipal(STORE, principal))).toEqual(["grant"]);
  });

  it.each([
    ["policies, roles, groups or identities are hidden too", ["secret", "policy_document"], legacy],
    ["roles are", ["secret", "auth_role"], legacy],
    ["groups are", ["group", "secret"], legacy],
    ["identities are", ["principal", "secret"], legacy],
    ["the mount itself is", ["mount", "secret"], legacy],
    ["it is not known in which engine they are", ["secret"], `${STORE}:unknown/`],
    ["they may be anywhere", ["secret"], `${STORE}:`],
    ["nothing says where they are", ["secret"], undefined],
  ] as const)("hide everybody's access where %s", (_what, hides, resource) => {
    const index = new GapIndex([gap(hides, resource)], engines);
    expect(kindsOf(index.ofSecret(STORE, ID, `${STORE}:kv/`))).toContain("grant");
    expect(kindsOf(index.ofPrincipal(STORE, principal, reaching()))).toContain("grant");
  });

  it("hide nothing of what only clouds have, and of a cloud's that too", () => {
    const index = new GapIndex([gap(secrets, legacy)], engines);
    expect(kindsOf(index.ofPrincipal(STORE, principal))).not.toContain("cloud_grant");
    expect(kindsOf(index.ofStore(STORE))).not.toContain("cloud_secret");
    const [source, place] = ["company-aws", "company-aws/111122223333/eu-central-1"];
    const listing = { ...gap(["secret"], undefined), store_id: source, scope: place };
    const ofCloud = new GapIndex([listing], [], new Set([source]));
    expect(kindsOf(ofCloud.ofStore(place))).toContain("cloud_secret");
    const roles = { ...gap(["policy_document"], undefined), store_id: source, scope: place };
    const role = `${source}:arn:aws:iam::111122223333:role/ops`;
    const unread = new GapIndex([roles], [], new Set([source]));
    expect(kindsOf(unread.ofPrincipal(place, role))).toContain("cloud_grant");
  });

  it("stay hidden of the store and of the estate", () => {
    const index = new GapIndex([gap(secrets, legacy)], engines);
    expect(kindsOf(index.ofStore(STORE))).toEqual(expect.arrayContaining(["grant", ...secrets]));
    expect(kindsOf(index.ofEstate())).toEqual(["grant", ...secrets]);
  });
});

describe("access in a cloud", () => {
  const SOURCE = "company-aws";
  const [HERE, THERE] = [`${SOURCE}/111122223333/eu-central-1`, `${SOURCE}/111122223333/eu-south-1`];
  const arnIn = (service: string, region: string, rest: string): string =>
    `${SOURCE}:arn:aws:${service}:${region}:111122223333:${rest}`;
  const SECRET = arnIn("secretsmanager", "eu-central-1", "secret:db-AbCdEf");
  const KEY = arnIn("kms", "eu-central-1", "key/k1");
  const ROLE = `${SOURCE}:arn:aws:iam::111122223333:role/app`;
  const hidden = (hides: readonly FactKind[], resource: string, scope: string) =>
    new GapIndex([gap(hides, resource, { store_id: SOURCE, scope })], [], new Set([SOURCE]));
  const KEYS: readonly FactKind[] = ["key", "key_alias", "key_grant", "resource_labels", "resource_policy"];

  it.each([
    ["not by keys of another Region", KEYS, arnIn("kms", "eu-south-1", "key/"), THERE, false],
    [
      "by keys of its Region, one of which it is under",
      KEYS,
      arnIn("kms", "eu-central-1", "key/"),
      HERE,
      true,
    ],
    ["by aliases of its Region", ["key_alias"], arnIn("kms", "eu-central-1", "alias/"), HERE, true],
    ["not by aliases of another Region", ["key_alias"], arnIn("kms", "eu-south-1", "alias/"), THERE, false],
    [
      "not by tags of another secret",
      ["resource_labels"],
      arnIn("secretsmanager", "eu-central-1", "secret:x"),
      HERE,
      false,
    ],
    ["by its own tags", ["resource_labels"], SECRET, HERE, true],
    ["by a policy of an identity", ["policy_document"], `${ROLE}#inline/x`, `${SOURCE}/111122223333`, true],
    [
      "not by what is told of a root user",
      ["principal"],
      `${SOURCE}:arn:aws:iam::111122223333:root`,
      `${SOURCE}/111122223333`,
      false,
    ],
    [
      "not by a certificate's tags",
      ["resource_labels"],
      arnIn("acm", "eu-central-1", "certificate/"),
      HERE,
      false,
    ],
  ] as const)("to a secret is hidden %s", (_what, hides, resource, scope, expected) => {
    const index = hidden(hides, resource, scope);
    expect(kindsOf(index.ofSecret(HERE, SECRET, undefined, { under: [KEY] })).includes("grant")).toBe(
      expected,
    );
  });

  it("is hidden by any refusal of a store that is no cloud, whatever the thing is called", () => {
    for (const name of ["users/x:iam::111122223333:root", "arn:aws:iam::111122223333:root"]) {
      const index = new GapIndex([gap(["auth_role"], `${STORE}:auth/ldap/${name}`)]);
      expect(kindsOf(index.ofSecret(STORE, ID, `${STORE}:kv/`))).toContain("grant");
    }
    const labels = new GapIndex([gap(["secret"], `${STORE}:arn:aws:acm:x/`)]);
    expect(kindsOf(labels.ofPrincipal(STORE, `${STORE}:auth/approle/role/app`))).toContain("grant");
  });

  it("of a principal is hidden by things of a Region unless it reaches nothing there", () => {
    const index = hidden(
      ["resource_policy", "secret"],
      arnIn("secretsmanager", "eu-south-1", "secret:"),
      THERE,
    );
    const of = (reaches: boolean) =>
      kindsOf(
        index.ofPrincipal(`${SOURCE}/111122223333`, ROLE, {
          mayReach: (place) => place !== THERE || reaches,
        }),
      );
    expect(of(true)).toContain("grant");
    expect(of(false)).toEqual([]);
  });

  it("of a principal is hidden by an account that could not be read, whatever it reaches", () => {
    const index = hidden(["store"], `${SOURCE}:111122223333/`, `${SOURCE}/111122223333`);
    expect(kindsOf(index.ofPrincipal(`${SOURCE}/111122223333`, ROLE, { mayReach: () => false }))).toContain(
      "grant",
    );
  });
});

describe("what bears on a principal from elsewhere", () => {
  const settings = `${STORE}:auth/ldap/config`;
  const ada = `${STORE}:identity/entity/id/ada`;

  it("is hidden under derived names, so that nothing else of it is", () => {
    const index = new GapIndex([
      gap(["auth_config"], settings),
      gap(["auth_config"], `${STORE}:auth/jwt/config`),
    ]);
    expect(index.ofPrincipal(STORE, ada)).toEqual([]);
    expect(index.ofPrincipal(STORE, ada, { settings: [settings] })).toMatchObject([
      { fact_kind: "grant", gap_count: 1 },
    ]);
    expect(index.ofPrincipal(STORE, ada, { settings: [settings], limitedBy: ["auth_config"] })).toMatchObject(
      [
        { fact_kind: "grant", gap_count: 1 },
        { fact_kind: "token_limit", gap_count: 1 },
      ],
    );
  });

  it("is hidden by its kind wherever in the store that is, and nowhere else", () => {
    const index = new GapIndex([gap(["store_config", "endpoint"], `${STORE}:sys/`)]);
    expect(kindsOf(index.ofPrincipal(STORE, ada, { limitedBy: ["store_config"] }))).toEqual(["token_limit"]);
    expect(index.ofPrincipal("other", ada, { limitedBy: ["store_config"] })).toEqual([]);
  });

  it("may be any token that could not be looked up", () => {
    const tokens = [1, 2, 3].map((place) => gap(["token"], `${STORE}:auth/token/accessor/a${place}`));
    const index = new GapIndex(tokens);
    const hidden = index.ofPrincipal(STORE, ada, { holdsTokens: true });
    expect(hidden).toMatchObject([{ fact_kind: "held_token", gap_count: 3 }]);
    expect(index.ofPrincipal(STORE, `${ada}m`, { holdsTokens: true })).toEqual(hidden);
    expect(index.ofPrincipal("other", ada, { holdsTokens: true })).toEqual([]);
  });
});

describe("every thing under a gap's resource", () => {
  const part = fc.stringMatching(/^[a-c]{1,2}$/);
  const path = fc.array(part, { minLength: 1, maxLength: 5 });

  it("has it, and nothing else has", () => {
    const hides = fc.subarray([...FACT_KINDS] as FactKind[], { minLength: 1 });
    fc.assert(
      fc.property(path, path, fc.boolean(), hides, (folder, thing, isFolder, kinds) => {
        const resource = `${STORE}:${folder.join("/")}${isFolder ? "/" : ""}`;
        const id = `${STORE}:${thing.join("/")}`;
        const hidden: Gap = gap(kinds, resource);
        const reached = id === resource || (isFolder && id.startsWith(resource));
        const shown = new GapIndex([hidden]).of(STORE, id);
        expect(shown.map(({ fact_kind, gap: digest }) => [fact_kind, digest])).toEqual(
          reached ? [...kinds].sort().map((kind) => [kind, gapDigest(hidden)]) : [],
        );
      }),
      { numRuns: 2000 },
    );
  });
});
