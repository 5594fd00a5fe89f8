import { describe, expect, it } from "vitest";
import { FactSet, type Fact, type Gap } from "../../src/facts/index.ts";
import { EstateFacts } from "../access/estate-facts.ts";
import { REFUSED, judge, openExample } from "../evidence/example.ts";
import { logFacts } from "../evidence/logged.ts";

/**
 * The other half of the product's property: whatever could not be read, nothing is accused for it. What passed, or was not
 * known, is no violation because something is hidden. Judged is an estate in which much is taken away from who has it:
 * by disabled identities, by policies that deny, by more specific rules, by labels.
 */
const example = await openExample();

const ALL = 'path "*" { capabilities = ["create", "read", "update", "delete", "list", "sudo"] }';
const NONE = 'path "*" { capabilities = ["deny"] }';

const alias = (name: string, mount_accessor: string) => ({
  alias_id: `alias-${name}`,
  name,
  mount_accessor,
  labels: {},
});

function estate(): FactSet {
  return new EstateFacts()
    .mount("kv/")
    .secret("kv/", "app/db")
    .secret("kv/", "app/mail")
    .policy("all", ALL)
    .policy("none", NONE)
    .policy("app", 'path "kv/data/app/*" { capabilities = ["read"] }')
    .method("auth/approle/", "approle", "ar")
    .method("auth/userpass/", "userpass", "up")
    .method("auth/jwt/", "jwt", "jw")
    .role("auth/approle/", "gone", { method: "approle", policies: ["all"] })
    .roleAlias("auth/approle/", "gone", "role-id-gone")
    .entity("gone", { disabled: true, aliases: [alias("role-id-gone", "ar")] })
    .role("auth/approle/", "tamed", { method: "approle", policies: ["all"] })
    .roleAlias("auth/approle/", "tamed", "role-id-tamed")
    .entity("tamed", { policies: ["none"], aliases: [alias("role-id-tamed", "ar")] })
    .role("auth/approle/", "grouped", { method: "approle", policies: ["all"] })
    .roleAlias("auth/approle/", "grouped", "role-id-grouped")
    .entity("grouped", { aliases: [alias("role-id-grouped", "ar")], direct_group_ids: ["tame-id"] })
    .group("tame", { policies: ["none"], member_entity_ids: ["grouped-id"] })
    .role("auth/approle/", "fresh", { method: "approle", policies: ["app"] })
    .roleAlias("auth/approle/", "fresh", "role-id-fresh")
    .role("auth/userpass/", "left", {
      method: "userpass",
      role_type: "user",
      alias_name: "left",
      policies: ["all"],
    })
    .entity("left", { disabled: true, aliases: [alias("left", "up")] })
    .role("auth/jwt/", "ci", { method: "jwt", policies: ["all", "none"], bounds: { bound_subject: ["ci"] } })
    .set();
}

const plain = estate();
const whole = new FactSet([...plain.all(), ...logFacts(plain, example.manifest.taken_at)], []);
const before = judge(example, whole);
const everything = [...whole.all()];

/** Something of the fact's kind is hidden: it alone, all in its folder, or all of the store. */
function gapsFor({ kind, id, store_id, scope }: Fact): Gap[] {
  const folder = id.replace(/[^/:]*[/:]?$/, "");
  return [{ resource: id }, { resource: folder }, {}].map((resource) => ({
    store_id,
    scope,
    ...resource,
    operation: `test.${kind}`,
    reason: "denied",
    hides: [kind],
    detail: REFUSED,
  }));
}

function hidden({ kind, id }: Fact, { hides, resource }: Gap): boolean {
  return hides.includes(kind) && (resource === undefined || resource === id || id.startsWith(resource));
}

/** Violations by what passed or was not known before; a principal that is seen only now is new. */
function accused(facts: FactSet): string[] {
  return [...judge(example, facts).outcomes].flatMap(([name, { outcome }]) => {
    const was = before.outcomes.get(name)?.outcome;
    return outcome === "violation" && was !== undefined && was !== "violation" ? [`${name}: ${was}`] : [];
  });
}

describe("what could not be read", () => {
  it("is seen in an estate where much passes only because something takes it away", () => {
    const passes = (id: string): string | undefined =>
      before.outcomes.get(`sudo_or_wildcard_outside_break_glass vault:${id}`)?.outcome;
    const roles = ["approle/role/gone", "approle/role/tamed", "approle/role/grouped", "userpass/users/left"];
    expect(roles.map((role) => passes(`auth/${role}`))).toEqual(roles.map(() => "compliant"));
  });

  it("accuses nobody, whichever fact is hidden", () => {
    const found = everything.flatMap((fact) =>
      gapsFor(fact).flatMap((gap) => {
        const facts = new FactSet(
          everything.filter((one) => !hidden(one, gap)),
          [gap],
        );
        return accused(facts).map((name) => `${gap.resource ?? "all"} (${fact.kind}): ${name}`);
      }),
    );
    expect([...new Set(found)]).toEqual([]);
  });
});
