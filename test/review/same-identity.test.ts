import { describe, expect, it } from "vitest";
import type { Grant, GrantModel } from "../../src/access/index.ts";
import { isOwnAccess, substanceOf, type PopulationItem } from "../../src/review/index.ts";
import {
  STORE,
  USER_ALIAS,
  daysAgo,
  madeOf,
  person,
  populationOf,
  setOf,
  userStore,
  type Made,
} from "./made.ts";
import { span, usage as usageOf } from "../subjects/logged.ts";

const LOGIN = `${STORE}:auth/userpass/users/ada`;
const IDENTITY = `${STORE}:identity/entity/id/ada-id`;
const REASON = "its access is reviewed as that of the identity that it logs in as";

const who = (items: readonly PopulationItem[]): string[] => items.map(({ item }) => item.principal.id);

/** As if effective access said other things of the identity. */
function withGrants(own: Partial<Grant>): Made {
  const made = madeOf(userStore().entity("ada", USER_ALIAS).set());
  const whatCan = (id: string): Grant[] =>
    made.model.whatCan(id).map((grant) => (id === IDENTITY ? { ...grant, ...own } : grant));
  const { principals, targets, blindness } = made.model;
  return { ...made, model: { principals, targets, blindness, whatCan } as GrantModel };
}

const terms = (scope: object) => ({ assign: "manager" as const, scope, two_people: [], unused_days: 90 });

describe("a login and its identity in a population", () => {
  it("are one item where the identity may do all that the login may", () => {
    const { items, population } = populationOf(madeOf(userStore().entity("ada", USER_ALIAS).set()));
    expect(who(items)).toEqual([IDENTITY]);
    expect(population.principals).toEqual({ total: 2, in_items: 1, excluded: { [REASON]: 1 } });
    expect(population.secrets).toMatchObject({ total: 1, in_items: 1 });
  });

  it("are both where the identity may do less, has it less certainly, or perhaps by another's login", () => {
    const less: readonly Partial<Grant>[] = [
      { actions: ["read"] },
      { certainty: "possible" },
      { perhaps: true },
      { targets: () => [] },
    ];
    for (const own of less) {
      const { items, population } = populationOf(withGrants(own));
      expect(new Set(who(items))).toContain(LOGIN);
      expect(population.principals.excluded).not.toHaveProperty(REASON);
      expect(population.principals.total).toBe(2);
    }
    expect(who(populationOf(withGrants({})).items)).toEqual([IDENTITY]);
  });

  it("are both where they perhaps are not one", () => {
    const hidden = userStore().entity("ada", USER_ALIAS).gap("identity/entity/id/", ["principal"]).set();
    expect(new Set(who(populationOf(madeOf(hidden)).items))).toEqual(new Set([LOGIN, IDENTITY]));
    const two = userStore().entity("ada", USER_ALIAS).entity("double", USER_ALIAS).set();
    expect(who(populationOf(madeOf(two)).items)).toContain(LOGIN);
  });

  it("are neither where the identity is disabled, since the server refuses the login", () => {
    const facts = userStore()
      .entity("ada", { ...USER_ALIAS, disabled: true })
      .set();
    const { items, population } = populationOf(madeOf(facts));
    expect(items).toEqual([]);
    expect(population.principals.excluded).toEqual({ "it is disabled and reaches nothing": 2 });
  });

  it("are what the scope asks for: a login whose identity is left out keeps its items", () => {
    const facts = userStore().entity("ada", USER_ALIAS).set();
    const of = (scope: object) => who(populationOf(madeOf(facts, { terms: terms(scope) })).items);
    expect(of({ principal_types: ["auth_user"] })).toEqual([LOGIN]);
    expect(of({ principals: [LOGIN] })).toEqual([LOGIN]);
    expect(of({ principals: [LOGIN, IDENTITY] })).toEqual([IDENTITY]);
  });

  it("are both where only the login tells of its person", () => {
    const facts = userStore().entity("ada", USER_ALIAS).set();
    const known = (ids: readonly string[]) => ({
      personOf: (id: string) => (ids.includes(id) ? person() : undefined),
    });
    expect(who(populationOf(madeOf(facts, known([LOGIN]))).items)).toEqual([LOGIN, IDENTITY]);
    expect(who(populationOf(madeOf(facts, known([LOGIN, IDENTITY]))).items)).toEqual([IDENTITY]);
  });

  it("leave nobody to decide on what they reach by a login of their name", () => {
    const facts = userStore().entity("entity_7f3a", USER_ALIAS).set();
    const [one] = populationOf(madeOf(facts)).items;
    expect(one?.item.principal).toMatchObject({ name: "entity_7f3a", logins: ["auth/userpass/ada"] });
    expect(isOwnAccess(one!.item, { who: "ada@example.com" })).toBe(true);
    expect(isOwnAccess(one!.item, { who: "bo@example.com" })).toBe(false);
    const renamed = { ...one!.item.principal, logins: [] };
    expect(substanceOf({ ...one!.item, principal: renamed })).toBe(substanceOf(one!.item));
  });

  it("have the usage that the log tells of the identity, as which it names every login", () => {
    const at = daysAgo(4);
    const usage = (principal_key: string) =>
      usageOf(`usage#${principal_key}`, {
        ...{ principal_key, secret_key: "kv/data/payments/db" },
        ...{ first_read_at: at, last_read_at: at },
      });
    const of = (key: string) =>
      populationOf(madeOf(setOf(userStore().entity("ada", USER_ALIAS), span(), usage(key)))).items.map(
        ({ item }) => item.usage,
      );
    expect(of("entity:ada-id")).toMatchObject([{ known: true, read_count: 3, unused: false }]);
    expect(of("token:userpass-ada").every((one) => !one.known || !one.unused)).toBe(true);
  });
});
