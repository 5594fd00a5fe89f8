import fc from "fast-check";
import { expect, it } from "vitest";
import { candidate, reconciled, row } from "./rows.ts";

const name = fc.constantFrom("a", "b", "c", "d", "e", "f");
const email = name.map((one) => `${one}@x.io`);

const rows = fc
  .array(
    fc.record({
      kind: fc.constantFrom("hr" as const, "idp" as const),
      number: fc.integer({ min: 1, max: 8 }),
      emails: fc.array(email, { maxLength: 2 }),
      usernames: fc.array(name, { maxLength: 2 }),
      status: fc.constantFrom("active" as const, "leave" as const, "terminated" as const),
      counted: fc.boolean(),
    }),
    { maxLength: 12 },
  )
  .map((made) => {
    const all = made.map(({ kind, number, emails: [first, ...others], usernames, status, counted }) =>
      row(String(number), {
        roster_kind: kind,
        employee_number: kind === "hr" || counted,
        ...(first === undefined ? {} : { email: first }),
        other_emails: others,
        usernames,
        status,
      }),
    );
    return [...new Map(all.map((one) => [one.id, one])).values()];
  });

const principals = fc.uniqueArray(
  fc.record({
    id: fc.integer({ min: 1, max: 20 }),
    addresses: fc.array(email, { maxLength: 2 }),
    usernames: fc.array(name, { maxLength: 2 }),
    label: fc.option(fc.oneof(email, name, fc.integer({ min: 1, max: 8 }).map(String))),
    owner: fc.option(fc.constant("team")),
  }),
  { selector: ({ id }) => id, maxLength: 10 },
);

function candidatesOf(made: typeof principals extends fc.Arbitrary<infer T> ? T : never) {
  return made.map(({ id, addresses, usernames, label, owner }) =>
    candidate(`p${id}`, {
      addresses,
      usernames,
      ...(label === null ? {} : { labels: { person: label } }),
      ...(owner === null ? {} : { owner }),
    }),
  );
}

it("reconciliation does not depend on the order, gives each principal one answer, and loses nobody", () => {
  fc.assert(
    fc.property(
      rows.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
      principals.chain((all) =>
        fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
      ),
      ([people, shuffled], [made, others]) => {
        const once = reconciled(people, candidatesOf(made));
        expect(reconciled(shuffled, candidatesOf(others))).toEqual(once);
        const answers = [
          ...once.links.keys(),
          ...once.ambiguous.map(({ principal_id }) => principal_id),
          ...once.unmatched.map(({ id }) => id),
        ];
        expect(answers.sort()).toEqual(
          candidatesOf(made)
            .map(({ id }) => id)
            .sort(),
        );
        const { counts } = once;
        expect(
          counts.principals_with_person +
            counts.principals_with_owner_alone +
            counts.principals_with_neither +
            counts.ambiguous,
        ).toBe(made.length);
        // Each row is in exactly one person, and nobody is linked who cannot be told apart.
        expect(once.people.flatMap(({ numbers }) => numbers).length).toBeGreaterThan(
          people.length === 0 ? -1 : 0,
        );
        const addresses = once.people.flatMap(({ emails }) => emails);
        expect(new Set(addresses).size).toBe(addresses.length);
        for (const { person } of once.links.values()) expect(person.ambiguous).toBe(false);
        expect(counts.persons_with_principal + once.without_principal.length).toBe(counts.person_count);
      },
    ),
    { numRuns: 500 },
  );
});
