import { performance } from "node:perf_hooks";
import { computeGrants } from "../../src/access/index.ts";
import type { FactSet } from "../../src/facts/index.ts";
import { EstateFacts, aliasOf } from "../access/estate-facts.ts";

/** Effective access of a whole estate: `npm run bench -- access [secrets] [principals] [policies]`. */
const [secrets = 50_000, principals = 5_000, policies = 500] = process.argv.slice(2).map(Number);

const TEAMS = Math.max(1, Math.round(policies / 5));
const APPS = 20;

/**
 * Teams with apps and environments below several mounts; five policies a team (reader, writer, operator, one with
 * wildcards and denies, one personal by template); half of the principals are entities with an alias, a group or two
 * and the template policy that makes each of them a case of its own, half the roles that they log in through.
 */
function estate(): FactSet {
  const facts = new EstateFacts().mount("kv/").mount("shared/").method("auth/approle/", "approle", "acc1");
  for (let index = 0; index < secrets; index += 1) {
    const mount = index % 10 === 0 ? "shared/" : "kv/";
    const team = index % TEAMS;
    const app = Math.floor(index / TEAMS) % APPS;
    const environment = ["dev", "stage", "prod"][index % 3] ?? "dev";
    facts.secret(mount, `team-${team}/app-${app}/${environment}/secret-${index}`);
  }
  for (let team = 0; team < TEAMS; team += 1)
    for (const [name, text] of teamPolicies(team)) facts.policy(name, text);
  facts.policy("admin", `path "*" { capabilities = ["create", "read", "update", "delete", "list", "sudo"] }`);
  facts.policy("default", `path "cubbyhole/*" { capabilities = ["read"] }`);
  for (let group = 0; group < TEAMS; group += 1) {
    const parent_group_ids = group % 7 === 0 ? [`group-${(group + 1) % TEAMS}-id`] : [];
    facts.group(`group-${group}`, { policies: [`team-${group}-read`], parent_group_ids });
  }
  for (let index = 0; index < principals / 2; index += 1) {
    const team = index % TEAMS;
    const own = [
      `team-${team}-write`,
      ...(index % 3 === 0 ? [`team-${team}-ops`] : []),
      ...(index % 500 === 0 ? ["admin"] : []),
    ];
    facts.role("auth/approle/", `role-${index}`, {
      method: "approle",
      policies: own,
      alias_name: `role-id-${index}`,
    });
    facts.entity(`entity-${index}`, {
      policies: [
        `team-${(team * 3) % TEAMS}-personal`,
        ...(index % 4 === 0 ? [`team-${(team + 1) % TEAMS}-odd`] : []),
      ],
      direct_group_ids: [`group-${team}-id`, `group-${(index * 7) % TEAMS}-id`],
      aliases: [aliasOf(`role-id-${index}`, "acc1")],
    });
  }
  return facts.set();
}

function teamPolicies(team: number): [string, string][] {
  const rule = (path: string, ...capabilities: string[]): string =>
    `path "${path}" { capabilities = ${JSON.stringify(capabilities)} }\n`;
  const base = `kv/data/team-${team}`;
  return [
    [`team-${team}-read`, rule(`${base}/*`, "read") + rule(`kv/metadata/team-${team}/*`, "read", "list")],
    [
      `team-${team}-write`,
      rule(`${base}/+/dev/*`, "create", "update", "read") + rule(`${base}/app-1/prod/*`, "read"),
    ],
    [
      `team-${team}-ops`,
      rule(`${base}/app-2/*`, "create", "read", "update", "delete") +
        rule(`kv/delete/team-${team}/*`, "update") +
        rule(`shared/data/team-${team}/*`, "read") +
        rule(`shared/metadata/*`, "list"),
    ],
    [
      `team-${team}-odd`,
      rule(`kv/data/+/app-${team % APPS}/prod/*`, "read") + rule(`${base}/app-3/prod/*`, "deny"),
    ],
    [
      `team-${team}-personal`,
      rule("kv/data/users/{{identity.entity.name}}/*", "create", "read", "update", "delete", "list"),
    ],
  ];
}

const facts = estate();
const baseMb = process.memoryUsage().rss / 2 ** 20;
const started = performance.now();
const model = computeGrants(facts, { takenAt: "2026-09-30T06:00:00Z" });
const computed = performance.now();
let readerSum = 0;
for (const target of model.targets) readerSum += model.readers(target.id).count;
const answered = performance.now();
let grants = 0;
for (const grant of model.grants()) grants += grant.actions.length > 0 ? 1 : 0;
const listed = performance.now();
let rows = 0;
for (const row of model.rows()) {
  rows += row.target.id === "" ? 0 : 1;
  if (rows === 1_000_000) break;
}
const streamed = performance.now();
const seconds = (from: number, to: number): number => Math.round(to - from) / 1000;

console.log(
  JSON.stringify({
    secrets,
    policies,
    compute_s: seconds(started, computed),
    readers_of_all_s: seconds(computed, answered),
    all_grants_s: seconds(answered, listed),
    first_million_rows_s: seconds(listed, streamed),
    total_s: seconds(started, streamed),
    facts_rss_mb: Math.round(baseMb),
    peak_rss_mb: Math.round(process.resourceUsage().maxRSS / 1024),
    mean_readers: Math.round(readerSum / Math.max(1, model.targets.length)),
    grants,
    rows_streamed: rows,
    ...model.stats,
  }),
);
