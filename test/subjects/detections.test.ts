import { describe, expect, it } from "vitest";
import { FactSet, MAX_DETECTIONS, type Fact, type FactOf, type Gap } from "../../src/facts/index.ts";
import { AwsFacts, HOME, SECRET, arn, idOf } from "../access/aws-facts.ts";
import { logSpan } from "../access/aws-log-facts.ts";
import { EstateFacts } from "../access/estate-facts.ts";
import { TAKEN_AT, daysAgo } from "./facts.ts";
import { STORE, fact, factOf, span, subjectsOfKind } from "./logged.ts";

let made = 0;

function finding(own: Partial<FactOf<"detection">> = {}, make = fact): Fact {
  made += 1;
  const { rule = "denied_burst" } = own;
  return make("detection", `detection/${rule}/${made}`, {
    rule,
    severity: "high",
    detected_at: daysAgo(9),
    first_at: daysAgo(9),
    last_at: daysAgo(9),
    event_count: 10,
    principal_key: "entity:ada-id",
    event_ids: ["e1"],
    detail: "was odd",
    ...own,
  });
}

const run = (make = fact): Fact =>
  make("detection_run", "#detections", {
    since_at: daysAgo(92),
    until_at: TAKEN_AT,
    rules: [
      { rule: "denied_burst", found_count: 1 },
      { rule: "off_hours", found_count: MAX_DETECTIONS + 1 },
    ],
  });

const actor = (own: Partial<FactOf<"log_actor">> = {}): Fact =>
  fact("log_actor", "actor#1", {
    principal_key: "entity:ada-id",
    first_at: daysAgo(90),
    last_at: daysAgo(1),
    event_count: 40,
    read_day_count: 12,
    hours_declared: false,
    ...own,
  });

/** Ada may read two secrets, one of them of tier high. */
function estate(...more: readonly Fact[]): readonly Fact[] {
  const facts = new EstateFacts()
    .mount("kv/")
    .secret("kv/", "app/db")
    .secret("kv/", "app/mail")
    .policy("app", 'path "kv/data/app/*" { capabilities = ["read"] }')
    .entity("ada", { policies: ["app"] })
    .set();
  const labelled = fact("secret_metadata", "kv/app/db", {
    mount: "kv/",
    name: "app/db",
    labels: { tier: "high" },
  });
  return [...facts.all(), labelled, ...more];
}

const ada = (facts: readonly Fact[], gaps: readonly Gap[] = []) =>
  subjectsOfKind("principal", estate(...facts), gaps).find(
    ({ name, store_id }) => name === "ada" && store_id === STORE,
  )!;

const theStore = (...facts: readonly Fact[]) => subjectsOfKind("store", estate(...facts))[0]!;

describe("a principal", () => {
  it("of whose store no log was ingested has nothing of it", () => {
    expect(ada([finding()])).not.toHaveProperty("detections");
    expect(ada([]).traits).not.toContain("events_logged");
  });

  it("has what was found of it, and how far that goes", () => {
    const found = ada([
      span(),
      run(),
      actor({ break_glass: false }),
      finding(),
      finding({ rule: "new_reader" }),
    ]);
    expect(found.traits).toContain("events_logged");
    expect(found.detections).toEqual({
      observed_from_age_days: 120,
      log_end_age_days: 1,
      searched_from_age_days: 92,
      // Of what found more than is told, not everything is known.
      rules: ["denied_burst"],
      found: [
        {
          rule: "denied_burst",
          severity: "high",
          detected_age_days: 9,
          event_count: 10,
          reviewed: false,
          tiers: [],
          tiers_known: true,
          detail: "was odd",
        },
      ],
      found_count: 1,
      complete: true,
      seen: true,
      taken_for_break_glass: false,
      hours_declared: false,
      read_day_count: 12,
    });
  });

  it("is not told what another one did, nor one of its name in another store", () => {
    const other = factOf("other");
    const entity = other("principal", "identity/entity/ada", {
      ...estate().find(({ kind }) => kind === "principal"),
    } as never);
    const facts = [span(), run(), finding({ principal_key: "entity:eve-id" }), finding({}, other), entity];
    expect(ada(facts).detections).toMatchObject({ found: [], found_count: 0 });
  });

  it("is reviewed where it says by whom; what nobody reviewed in time comes first, the gravest of it before the rest", () => {
    const review = { how: "suppressed", reason: "Known", until: "2999-01-01" } as const;
    const facts = [
      finding({ severity: "low", rule: "off_hours", detail: "low" }),
      finding({ review: { ...review, by: "Ada" }, detail: "reviewed", detected_at: daysAgo(1) }),
      finding({ review, detail: "by nobody", detected_at: daysAgo(20) }),
      finding({ detail: "open", detected_at: daysAgo(2) }),
    ];
    const { found } = ada([span(), run(), ...facts]).detections!;
    expect(found.map(({ detail, reviewed }) => [detail, reviewed])).toEqual([
      ["by nobody", false],
      ["low", false],
      ["open", false],
      ["reviewed", true],
    ]);
  });

  it("is told what is overdue, however much there is that may wait", () => {
    const flood = Array.from({ length: 40 }, () =>
      finding({ severity: "critical", detected_at: daysAgo(1), detail: "may wait" }),
    );
    const { found, found_count } = ada([span(), run(), ...flood, finding({ detail: "overdue" })]).detections!;
    expect(found[0]).toMatchObject({ detail: "overdue", detected_age_days: 9 });
    expect({ found_count, listed: found.length }).toEqual({ found_count: 41, listed: 24 });
  });

  it("read secrets of the tiers that these have; what leads to no secret, or to more than is named, is not known", () => {
    const tiersOf = (own: Partial<FactOf<"detection">>) => {
      const { tiers, tiers_known } = ada([span(), run(), finding({ rule: "new_network", ...own })])
        .detections!.found[0]!;
      return [tiers, tiers_known];
    };
    const read = (...secret_keys: string[]) => ({ secret_keys, secret_count: secret_keys.length });
    expect(tiersOf(read("kv/data/app/db"))).toEqual([["high"], true]);
    expect(tiersOf(read())).toEqual([[], true]);
    expect(tiersOf(read("kv/data/app/db", "kv/data/gone"))).toEqual([["high"], false]);
    expect(tiersOf({ ...read("kv/data/app/db"), secret_count: 2 })).toEqual([["high"], false]);
    expect(tiersOf({ ...read(), unnamed_read_count: 1 })).toEqual([[], false]);
    // Its labels could not be read: it may be of any tier.
    expect(tiersOf(read("kv/data/app/mail"))).toEqual([[], false]);
  });

  it("may have done what is nobody's, and what a log of another store of its account would show", () => {
    expect(ada([span({ unattributed_read_count: 1 }), run()]).detections).toMatchObject({ complete: false });
    const aws = new AwsFacts(HOME);
    aws.secret(SECRET);
    aws.role("app", { inline: {} });
    logSpan(aws, HOME);
    const role = (facts: FactSet) =>
      subjectsOfKind("principal", [...facts.all()], facts.gaps).find(
        ({ id }) => id === idOf(arn.role("app")),
      )!;
    expect(role(aws.set()).detections).toMatchObject({ complete: true, observed_from_age_days: 200 });
  });

  it("proves nothing of anybody where the log names nobody of the inventory: it may be that of another store", () => {
    const stranger = actor({ principal_key: "entity:of-another-cluster" });
    expect(ada([span(), run(), stranger]).detections).toMatchObject({ complete: false, seen: false });
    const known = { ...actor(), id: `${STORE}:actor#2` };
    expect(ada([span(), run(), stranger, known]).detections).toMatchObject({ complete: true });
    expect(ada([span(), run()]).detections).toMatchObject({ complete: true });
  });

  it("is hidden something of where detections could not be taken, but not by rules that nobody judges", () => {
    const gap = (resource?: string): Gap => ({
      store_id: STORE,
      scope: STORE,
      operation: "ingested_log.spans",
      reason: "limit",
      hides: ["detection"],
      detail: "more",
      ...(resource === undefined ? {} : { resource }),
    });
    const kinds = (one: Gap) => ada([span(), run()], [one]).gaps.map(({ fact_kind }) => fact_kind);
    expect(kinds(gap())).toEqual(["detection"]);
    expect(kinds(gap(`${STORE}:detection/denied_burst/`))).toEqual(["detection"]);
    expect(kinds(gap(`${STORE}:detection/new_reader/`))).toEqual([]);
  });
});

describe("a store", () => {
  it("has what leads to no principal of the inventory, and nothing that does", () => {
    const facts = [
      finding({ detail: "Ada's" }),
      finding({ rule: "break_glass_used", severity: "critical", principal_key: "name:root", detail: "root" }),
      finding({ rule: "silent_log", principal_key: undefined, detail: "silence" } as never),
    ];
    const store = theStore(span(), run(), ...facts);
    expect(store.traits).toEqual(["events_logged"]);
    expect(store.detections?.found.map(({ detail }) => detail)).toEqual(["root", "silence"]);
    expect(theStore(...facts)).not.toHaveProperty("detections");
  });

  it("of a cloud has what names its secrets; the first of the source has the rest", () => {
    const aws = new AwsFacts(HOME);
    aws.secret(SECRET);
    logSpan(aws, HOME);
    const make = factOf(aws.set().of("secret")[0]!.store_id);
    const facts = [
      ...aws.set().all(),
      finding({ secret_key: SECRET, principal_key: "arn:aws:iam::1:role/gone" }, make),
    ];
    const told = subjectsOfKind("store", facts).flatMap(({ detections }) => detections?.found ?? []);
    expect(told).toHaveLength(1);
  });
});
