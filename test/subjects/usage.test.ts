import { describe, expect, it } from "vitest";
import { type Fact, type FactKind, type FactOf, type Gap } from "../../src/facts/index.ts";
import { EstateFacts } from "../access/estate-facts.ts";
import { daysAgo, gap as gapOfOther } from "./facts.ts";
import { STORE, fact, span, subjectsOfKind, usage as usageOf } from "./logged.ts";

const SECRET = `${STORE}:kv/app/db`;
const READS = 'path "kv/data/app/*" { capabilities = ["read"] }';

const gap = (hides: readonly FactKind[], resource: string): Gap => ({
  ...gapOfOther(hides, resource),
  store_id: STORE,
  scope: STORE,
});

const metadata = (name: string, own: Partial<FactOf<"secret_metadata">>): Fact =>
  fact("secret_metadata", `kv/${name}`, {
    mount: "kv/",
    name,
    created_at: daysAgo(400),
    current_version: 3,
    labels: {},
    ...own,
  });

let made = 0;

/** Ada's reads of one secret, one of them denied. */
function usage(own: Partial<FactOf<"usage">> = {}): Fact {
  made += 1;
  return usageOf(`usage#${made}`, {
    principal_key: "entity:ada-id",
    secret_key: "kv/data/app/db",
    denied_count: 1,
    ...own,
  });
}

/** Two secrets that the entity Ada may read. */
function estate(...more: readonly Fact[]): readonly Fact[] {
  const facts = new EstateFacts()
    .mount("kv/")
    .secret("kv/", "app/db")
    .secret("kv/", "app/mail")
    .policy("app", READS)
    .entity("ada", { policies: ["app"] })
    .set();
  return [...facts.all(), ...more];
}

const theSecret = (...facts: readonly Fact[]) =>
  subjectsOfKind("secret", estate(...facts)).find(({ id }) => id === SECRET)!;

const ada = (...facts: readonly Fact[]) =>
  subjectsOfKind("principal", estate(...facts)).find(({ name }) => name === "ada")!;

describe("a secret", () => {
  it("of which no log was read tells nothing of its use", () => {
    expect(theSecret()).not.toHaveProperty("usage");
    expect(theSecret().traits).toEqual([]);
  });

  it("has what all its readers did, and what of the past the log shows", () => {
    const found = theSecret(
      span(),
      usage(),
      usage({ principal_key: "name:token", last_read_at: daysAgo(3), read_count: 1 }),
    );
    expect(found.traits).toEqual(["reads_logged", "versions_logged"]);
    expect(found.usage).toEqual({
      observed_from_age_days: 120,
      log_end_age_days: 1,
      reads_seen: true,
      complete: true,
      read_count: 4,
      denied_count: 2,
      reader_count: 2,
      first_read_age_days: 100,
      last_read_age_days: 3,
      versions_known: false,
      old_versions: [],
      old_version_count: 0,
    });
  });

  it("that nobody read has no instant of it", () => {
    expect(theSecret(span()).usage).toMatchObject({ read_count: 0, complete: true, reads_seen: true });
    expect(theSecret(span()).usage).not.toHaveProperty("last_read_age_days");
    const refused = usage({ read_count: 0, first_read_at: undefined, last_read_at: undefined } as never);
    expect(theSecret(span(), refused).usage).toMatchObject({ reader_count: 0, denied_count: 1 });
  });

  it("may have been read by what names no secret, or the whole of a path", () => {
    expect(theSecret(span({ unnamed_read_count: 1 })).usage).toMatchObject({ complete: false });
    expect(theSecret(span(), usage({ secret_key: "kv/app/*" })).usage).toMatchObject({
      complete: false,
    });
    expect(theSecret(span(), usage({ secret_key: "kv/other/*" })).usage).toMatchObject({
      complete: true,
    });
  });

  it("whose log shows no read at all is not known to be unread", () => {
    expect(theSecret(span({ read_count: 0 })).usage).toMatchObject({ reads_seen: false });
  });

  it("is not known to be unread where all reads of the log came before its last hole", () => {
    const seen = (own: Partial<FactOf<"log_span">>) =>
      theSecret(span({ hole_count: 1, ...own }), usage()).usage;
    expect(seen({ whole_read_count: 0 })).toMatchObject({ reads_seen: false });
    expect(seen({ whole_read_count: 1 })).toMatchObject({ reads_seen: true });
    // Told before reads since the last hole were counted.
    expect(seen({})).toMatchObject({ reads_seen: false });
  });

  it("has old versions by number, read since another was written", () => {
    const told = metadata("app/db", { value_set_at: daysAgo(40) });
    const versions = [
      { version: "3", read_count: 1, last_read_at: daysAgo(1) },
      { version: "2", read_count: 5, last_read_at: daysAgo(8) },
    ];
    const facts = estate(span(), usage({ versions })).filter(({ kind }) => kind !== "secret_metadata");
    const [first] = subjectsOfKind("secret", [...facts, told]);
    expect(first?.usage).toMatchObject({
      versions_known: true,
      old_version_count: 1,
      old_versions: [
        {
          version: "2",
          read_count: 5,
          last_read_age_days: 8,
          superseded_age_days: 40,
          asked_as_previous: false,
          last_reader: "entity:ada-id",
        },
      ],
    });
    // The newest may be the one that is gone: since when the one before it is old, nobody says.
    const gone = metadata("app/db", { value_set_at: daysAgo(90), deleted_version_count: 1 });
    const [unsure] = subjectsOfKind("secret", [...facts, gone]);
    expect(unsure?.usage).toMatchObject({ versions_known: false, old_versions: [] });
  });

  it("hides what could not be read of a log, whichever thing it was asked of", () => {
    const [first] = subjectsOfKind("secret", estate(), [gap(["log_span", "usage"], `${STORE}:#log`)]);
    expect(first?.gaps.map(({ fact_kind }) => fact_kind)).toEqual(["log_span", "usage"]);
    const [who] = subjectsOfKind("principal", estate(), [gap(["usage"], `${STORE}:usage#1`)]);
    expect(who?.gaps.map(({ fact_kind }) => fact_kind)).toContain("usage");
  });
});

describe("a principal", () => {
  it("of whose store no log was read tells nothing of its use", () => {
    expect(ada()).not.toHaveProperty("usage");
    expect(ada().traits).toEqual([]);
  });

  it("has what it may read held against what it read", () => {
    expect(ada(span(), usage()).usage).toMatchObject({
      complete: true,
      granted_secret_count: 2,
      read_secret_count: 1,
      observed_from_age_days: 120,
    });
    expect(ada(span(), usage()).traits).toEqual(["events_logged", "reads_logged"]);
  });

  it("counts as idle what it did not read for as long as both are known to be there", () => {
    const old = estate(span(), usage()).map((one) =>
      one.kind === "principal" ? { ...one, created_at: daysAgo(300) } : one,
    );
    const dated = [...old, metadata("app/mail", { created_at: daysAgo(100) })];
    const [who] = subjectsOfKind("principal", dated).filter(({ name }) => name === "ada");
    expect(who?.usage?.idle.filter(({ secret_count }) => secret_count > 0).map(({ days }) => days)).toEqual([
      30, 60, 90,
    ]);
    expect(who?.usage).toMatchObject({ unknown_age_count: 0, idle_secrets: [`${STORE}:kv/app/mail`] });
    const [unsure] = subjectsOfKind("principal", old).filter(({ name }) => name === "ada");
    expect(unsure?.usage).toMatchObject({ unknown_age_count: 1, idle_secrets: [] });
  });

  it("is not known to be idle where a read names nobody, or leads nowhere for certain", () => {
    expect(ada(span({ unattributed_read_count: 1 })).usage).toMatchObject({ complete: false });
    expect(ada(span(), usage({ secret_key: "kv/app/*" })).usage).toMatchObject({ complete: false });
    const others = usage({ secret_key: "kv/app/*", principal_key: "entity:eve-id" });
    expect(ada(span(), others, usage()).usage).toMatchObject({ complete: true });
  });
});

describe("a log that names principals, and nobody of the inventory,", () => {
  const actor = (principal_key: string): Fact =>
    fact("log_actor", `actor#${principal_key}`, {
      principal_key,
      first_at: daysAgo(90),
      last_at: daysAgo(1),
      event_count: 40,
      read_day_count: 12,
      hours_declared: false,
    });
  const complete = (...facts: readonly Fact[]) =>
    [ada(span(), ...facts), theSecret(span(), ...facts)].map(({ usage: told }) => told?.complete);

  it("proves of nobody and of no secret that it is not used: it may be that of another store", () => {
    expect(complete(actor("entity:of-another-cluster"))).toEqual([false, false]);
    expect(complete(usage({ principal_key: "entity:of-another-cluster" }))).toEqual([false, false]);
  });

  it("is this store's where it names one of the inventory, or nobody", () => {
    expect(complete(actor("entity:gone"), actor("entity:ada-id"))).toEqual([true, true]);
    expect(complete()).toEqual([true, true]);
    expect(complete(usage({ principal_key: "name:token" }))).toEqual([true, true]);
  });
});

describe("a store", () => {
  it("has the latest holes of its log first", () => {
    const holes = [
      { from_at: daysAgo(150), to_at: daysAgo(140), reason: "silent" },
      { from_at: daysAgo(130), to_at: daysAgo(120), reason: "unreadable" },
    ] as const;
    const [store] = subjectsOfKind("store", estate(span({ holes: [...holes], hole_count: 2 })));
    expect(store?.ingested_log).toEqual({
      observed_from_age_days: 120,
      log_end_age_days: 1,
      reads_seen: false,
      event_count: 900,
      read_count: 30,
      hole_count: 2,
      holes: [
        { from_age_days: 130, to_age_days: 120, reason: "unreadable" },
        { from_age_days: 150, to_age_days: 140, reason: "silent" },
      ],
    });
    expect(subjectsOfKind("store", estate())[0]).not.toHaveProperty("ingested_log");
  });
});
