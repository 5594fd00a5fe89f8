import { FactSet, type Fact } from "../../src/facts/index.ts";
import { EstateFacts } from "../access/estate-facts.ts";
import { daysAgo, fact } from "../subjects/facts.ts";

/**
 * Teams with secrets of three tiers, two policies and a group each; every principal is in the groups of three teams and bears a policy of a
 * fourth.
 */
export function reviewEstate(secrets: number, principals: number): FactSet {
  const teams = Math.max(4, Math.round(secrets / 100));
  const facts = new EstateFacts().mount("kv/");
  const metadata: Fact[] = [];
  for (let index = 0; index < secrets; index += 1) {
    const name = `team-${index % teams}/secret-${index}`;
    facts.secret("kv/", name);
    const labels = {
      owner: `team-${index % teams}`,
      tier: ["critical", "high", "standard"][index % 3] ?? "",
    };
    const described = fact("secret_metadata", `kv/${name}`, {
      mount: "kv/",
      name,
      labels,
      created_at: daysAgo(400),
    });
    metadata.push({ ...described, id: `vault:kv/${name}`, store_id: "vault", scope: "vault" });
  }
  for (let team = 0; team < teams; team += 1) {
    facts.policy(`read-${team}`, `path "kv/data/team-${team}/*" { capabilities = ["read"] }`);
    facts.policy(`write-${team}`, `path "kv/data/team-${team}/*" { capabilities = ["create", "update"] }`);
    facts.group(`group-${team}`, { policies: [`read-${team}`] });
  }
  for (let index = 0; index < principals; index += 1) {
    const groups = [index, index * 7 + 1, index * 13 + 2].map((place) => `group-${place % teams}-id`);
    facts.entity(`entity-${index}`, {
      policies: [`write-${(index + 5) % teams}`],
      direct_group_ids: [...new Set(groups)],
      created_at: daysAgo(400),
    });
  }
  const set = facts.set();
  return new FactSet([...set.all(), ...metadata], []);
}
