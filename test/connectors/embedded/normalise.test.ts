import { describe, expect, it } from "vitest";
import {
  STORE_FEATURES,
  isGap,
  type Fact,
  type FactKind,
  type FactOf,
  type OwnQuestion,
} from "../../../src/facts/index.ts";
import { HIDES, embedded } from "../../../src/connectors/index.ts";
import { ANSWERS, CREDENTIALS, SOURCE, STATE, record } from "./answers.ts";

const ABOUT = Object.keys(ANSWERS) as OwnQuestion["about"][];

function facts(about: OwnQuestion["about"], body?: unknown): Fact[] {
  return embedded.normalise(record(about, body)).filter((item): item is Fact => !isGap(item));
}

function of<K extends FactKind>(found: readonly Fact[], kind: K): FactOf<K>[] {
  return found.filter((fact): fact is FactOf<K> => fact.kind === kind);
}

/** The answer with one thing gone: every key at every depth, and every list emptied. */
function reduced(value: unknown, path = ""): { path: string; body: unknown }[] {
  if (Array.isArray(value)) {
    const items = value as readonly unknown[];
    return [
      { path: `${path} emptied`, body: [] },
      ...items.flatMap((item, place) =>
        reduced(item, `${path}/${place}`).map((one) => ({ ...one, body: items.with(place, one.body) })),
      ),
    ];
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => [
    {
      path: `${path}/${key}`,
      body: Object.fromEntries(Object.entries(value).filter(([name]) => name !== key)),
    },
    { path: `${path}/${key} null`, body: { ...value, [key]: null } },
    ...reduced(item, `${path}/${key}`).map((one) => ({ ...one, body: { ...value, [key]: one.body } })),
  ]);
}

/** What may be missing because it was never stated or never happened. */
const MAY_BE_ABSENT: Readonly<Record<OwnQuestion["about"], RegExp>> = {
  access_log: /^\/(span|actors emptied)$/,
  credentials: /^\/items(\/\d+\/(max_age_days|note)| emptied)$/,
  integrity: /^\/(codes|findings) emptied$|^\/findings\/\d+\/at$|^\/looked_at\/\w+$/,
  state: /^\/slots\/\d+\/authenticated_wrap$/,
  upkeep: /^\/done\/\w+$/,
  uses: /^\/items(\/\d+\/(last_read_at|last_reveal)| emptied)$/,
};

describe("the answers about the embedded vault", () => {
  it.each(ABOUT)("%s: yields every kind that its failure would hide, and no gap", (about) => {
    const found = embedded.normalise(record(about));
    expect(found.filter(isGap)).toEqual([]);
    expect([...new Set(facts(about).map(({ kind }) => kind))].sort()).toEqual([...HIDES[about]].sort());
  });

  it.each(ABOUT)("%s: without a part of it is a gap over all that it would tell", (about) => {
    const whole = reduced(ANSWERS[about]).filter(({ path }) => !MAY_BE_ABSENT[about].test(path));
    expect(whole.length).toBeGreaterThan(2);
    for (const { path, body } of [...whole, { path: "no JSON", body: "{" }, { path: "a list", body: [] }]) {
      const found = embedded.normalise(record(about, body));
      expect(found, path).toMatchObject([
        { reason: "malformed", resource: `${SOURCE}:`, hides: [...HIDES[about]] },
      ]);
    }
  });

  it.each(ABOUT)("%s: may lack what was never stated or done, and tells all the rest", (about) => {
    const allowed = reduced(ANSWERS[about]).filter(({ path }) => MAY_BE_ABSENT[about].test(path));
    for (const { path, body } of allowed) {
      expect(embedded.normalise(record(about, body)).filter(isGap), path).toEqual([]);
    }
  });

  it("say what the product does not have", () => {
    const [store] = of(facts("state"), "store");
    expect(store).toMatchObject({ id: SOURCE, product: "countersign-vault", sealed: false });
    expect(store?.absent_features).toEqual(STORE_FEATURES);
  });

  it("give the root key the age of its epoch", () => {
    expect(of(facts("state"), "key")).toMatchObject([
      { latest_version: 2, latest_version_created_at: STATE.root_made_at, created_at: STATE.created_at },
    ]);
  });

  it("know what keeps a key, and not of a kind that is not known", () => {
    const slots = of(facts("state"), "key_slot");
    expect(slots.map(({ custody }) => custody)).toEqual(["passphrase", "identity_file"]);
    const other = STATE.slots.map((slot) => ({ ...slot, type: "quantum-kms" }));
    const [first] = of(facts("state", { ...STATE, slots: other }), "key_slot");
    expect(first).not.toHaveProperty("custody");
  });

  it("give a credential its own limit as a declared rotation", () => {
    expect(of(facts("credentials"), "secret_rotation")).toMatchObject([
      { id: `${SOURCE}:vault/payments/secret-id`, enabled: true, declared: true, period_s: 30 * 86_400 },
    ]);
  });

  it("count damage and what was not looked at apart", () => {
    expect(of(facts("integrity"), "integrity_check")).toMatchObject([
      { damage_count: 2, unchecked_count: 1 },
    ]);
  });

  it("tell of a credential in a note, and hide what it stood in", () => {
    const [first, second] = CREDENTIALS.items;
    const items = [first, { ...second, note: "[redacted:vault-token]" }];
    const kept = {
      ...record("credentials", { ...CREDENTIALS, items }),
      redactions: [{ pointer: "/items/1/note", rule: "vault-token" }],
    };
    const found = embedded.normalise(kept);
    const resource = `${SOURCE}:vault/payments/secret-id`;
    expect(found.filter(isGap)).toMatchObject([{ reason: "redacted", resource }]);
    const told = found.filter((item): item is Fact => !isGap(item));
    expect(of(told, "pasted_credential")).toMatchObject([{ resource, rule: "vault-token" }]);
    expect(of(told, "secret_metadata").map(({ labels }) => labels)).toEqual([{}, {}]);
  });

  it("tell of no secret whose very name was taken out, and hide them all", () => {
    const [, second] = CREDENTIALS.items;
    const kept = {
      ...record("credentials", {
        ...CREDENTIALS,
        items: [{ ...second, name: "[redacted:vault-token]" }],
      }),
      redactions: [{ pointer: "/items/0/name", rule: "vault-token" }],
    };
    const found = embedded.normalise(kept);
    expect(found.filter(isGap)).toMatchObject([{ reason: "redacted", resource: `${SOURCE}:` }]);
    expect(found.filter((item) => !isGap(item) && item.kind === "secret")).toEqual([]);
  });

  it("are refused where they answer no question of this connector", () => {
    const foreign = { ...record("state"), operation: "server.health" };
    expect(embedded.normalise(foreign)).toMatchObject([{ reason: "malformed" }]);
  });
});
