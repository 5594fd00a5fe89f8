import { performance } from "node:perf_hooks";
import { computeGrants, type Grant } from "../../src/access/index.ts";
import type { FactSet } from "../../src/facts/index.ts";
import { allow, arn, AwsFacts, deny, document, idOf, letIn, STORE, trusting } from "../access/aws-facts.ts";

/** Effective access of many AWS accounts: `npm run bench -- access-aws [secrets] [principals] [policies]`. */
const [secrets = 100_000, principals = 10_000, policies = 3_000] = process.argv.slice(2).map(Number);

const ACCOUNTS = Array.from({ length: 10 }, (_, at) => String(100_000_000_000 + at));
const TEAMS = Math.max(10, Math.round(policies / 5));
const KEYS = 20;

/**
 * Teams in ten accounts of an organisation with two levels of SCPs; five managed policies a team: reader, writer, operator by tag,
 * parameters by path, one that lists everything. A fifth of the secrets is under customers' keys, one in a hundred has a policy of
 * its own, one in a thousand of these names another account. Roles and users by halves; one in a hundred is an administrator, some
 * may assume others or change their own permissions.
 */
function estate(): FactSet {
  const facts = new AwsFacts(...ACCOUNTS);
  organisation(facts);
  const accountOf = (team: number): string => ACCOUNTS[team % ACCOUNTS.length] ?? "";
  for (const account of ACCOUNTS)
    for (let key = 0; key < KEYS; key += 1)
      facts.key(arn.key(`k${key}`, account), document(letIn({ AWS: arn.root(account) }, "kms:*")));
  for (let index = 0; index < secrets; index += 1) {
    const team = index % TEAMS;
    const account = accountOf(team);
    const tags = { team: `team-${team}`, stage: ["dev", "test", "prod"][index % 3] ?? "dev" };
    const key = index % 5 === 0 ? { key: arn.key(`k${team % KEYS}`, account) } : {};
    const policy =
      index % 100 === 0
        ? {
            policy: document(
              letIn(
                { AWS: arn.role(`role-${index % principals}`, account) },
                "secretsmanager:GetSecretValue",
              ),
            ),
          }
        : {};
    if (index % 10 === 9)
      facts.secret(arn.parameter(`team-${team}/app-${index % 7}/p-${index}`, account), { tags, ...key });
    else
      facts.secret(arn.secret(`team-${team}/app-${index % 7}/s-${index}-AbCdEf`, account), {
        tags,
        ...key,
        ...policy,
      });
  }
  for (let team = 0; team < TEAMS; team += 1) teamPolicies(facts, team, accountOf(team));
  for (const account of ACCOUNTS)
    facts.policyText(idOf(arn.policy("admin", account)), "admin", JSON.stringify(document(allow("*"))));
  for (let index = 0; index < principals; index += 1) {
    const team = index % TEAMS;
    const account = accountOf(team);
    const kinds =
      index % 100 === 0
        ? ["admin"]
        : [`team-${team}-${KINDS[index % 5] ?? ""}`, `team-${team}-${KINDS[(index >> 3) % 5] ?? ""}`];
    const tags = { team: `team-${team}` };
    const inline =
      index % 20 === 3
        ? {
            more: document(
              allow("sts:AssumeRole", arn.role(`role-${(index + TEAMS) % principals}`, account)),
            ),
          }
        : index % 200 === 7
          ? { more: document(allow(["iam:PutRolePolicy", "iam:PutUserPolicy"], "*")) }
          : {};
    const own = { policies: [...new Set(kinds)], inline, tags };
    if (index % 2 === 0) facts.user(arn.user(`user-${index}`, account), own);
    else
      facts.role(arn.role(`role-${index}`, account), {
        ...own,
        trust: trusting(index % 3 === 0 ? { AWS: arn.root(account) } : { Service: "ec2.amazonaws.com" }),
      });
  }
  return facts.set();
}

const KINDS = ["read", "write", "tagged", "paths", "list"];

function teamPolicies(facts: AwsFacts, team: number, account: string): void {
  const put = (kind: string, ...statements: ReturnType<typeof allow>[]) =>
    facts.policyText(
      idOf(arn.policy(`team-${team}-${kind}`, account)),
      `team-${team}-${kind}`,
      JSON.stringify(document(...statements)),
    );
  const own = `arn:aws:secretsmanager:*:*:secret:team-${team}/*`;
  put("read", allow("secretsmanager:GetSecretValue", own), allow("kms:Decrypt"));
  put(
    "write",
    allow(["secretsmanager:PutSecretValue", "secretsmanager:UpdateSecret"], own),
    deny("secretsmanager:*", `${own.slice(0, -1)}app-3/*`),
    allow("kms:*"),
  );
  put(
    "tagged",
    allow("secretsmanager:*", "*", {
      Condition: { StringEquals: { "secretsmanager:ResourceTag/team": "${aws:PrincipalTag/team}" } },
    }),
  );
  put(
    "paths",
    allow(
      ["ssm:GetParameter*", "kms:Decrypt"],
      [arn.parameter(`team-${team}/*`, account), "arn:aws:kms:*:*:key/*"],
    ),
  );
  put(
    "list",
    allow(["secretsmanager:ListSecrets", "secretsmanager:DescribeSecret", "ssm:DescribeParameters"]),
  );
}

function organisation(facts: AwsFacts): void {
  const org = { organization_id: "o-a1b2c3d4e5", management_account_id: "999999999999", feature_set: "ALL" };
  facts.add("organization", `${STORE}:o-a1b2c3d4e5`, org);
  facts.add("organization_unit", `${STORE}:r-ab12`, {
    unit_id: "r-ab12",
    unit_type: "root",
    name: "Root",
    enabled_policy_types: ["SERVICE_CONTROL_POLICY"],
  });
  facts.policyText(`${STORE}:p-FullAWSAccess`, "FullAWSAccess", JSON.stringify(document(allow("*"))), "scp");
  const guard = document(
    deny("secretsmanager:PutResourcePolicy", "*", {
      Condition: { ArnNotLike: { "aws:PrincipalArn": "arn:aws:iam::*:role/platform-*" } },
    }),
    deny("*", "*", {
      Condition: { StringNotEquals: { "aws:RequestedRegion": ["eu-west-1", "eu-central-1"] } },
    }),
  );
  facts.policyText(`${STORE}:p-guard`, "guard", JSON.stringify(guard), "scp");
  for (const target of ["r-ab12", ...ACCOUNTS]) {
    if (target !== "r-ab12")
      facts.add("account", `${STORE}:${target}`, { account_id: target, parent_id: "r-ab12" });
    facts.add("policy_attachment", `${STORE}:${target}#SERVICE_CONTROL_POLICY`, {
      target,
      policy_type: "SERVICE_CONTROL_POLICY",
      policies: target === "r-ab12" ? ["p-FullAWSAccess", "p-guard"] : ["p-FullAWSAccess"],
    });
  }
}

const facts = estate();
const baseMb = process.memoryUsage().rss / 2 ** 20;
const started = performance.now();
const cpu = process.cpuUsage();
const model = computeGrants(facts, { takenAt: "2026-09-30T06:00:00Z" });
const used = process.cpuUsage(cpu);
const computed = performance.now();
let readerSum = 0;
for (const target of model.targets) readerSum += model.readers(target.id).count;
const answered = performance.now();

/** Of some questions, in ms: the median by the clock, which has the finer grain, and the most of this thread's processor time. */
function timed(name: string, ids: readonly string[], ask: (id: string) => unknown) {
  const times = ids.map((id) => {
    const from = performance.now();
    const used = process.threadCpuUsage();
    ask(id);
    const { user, system } = process.threadCpuUsage(used);
    return { clock: performance.now() - from, processor: (user + system) / 1000 };
  });
  const clock = times.map((one) => one.clock).sort((a, b) => a - b);
  const round = (time = 0): number => Math.round(time * 100) / 100;
  return {
    [`${name}_median_ms`]: round(clock[clock.length >> 1]),
    [`${name}_worst_processor_ms`]: round(Math.max(...times.map(({ processor }) => processor))),
  };
}

/** Everything that grants say. */
const told = (grants: readonly Grant[]): string => JSON.stringify(grants);

const some = (all: readonly { readonly id: string }[]): string[] =>
  Array.from({ length: 200 }, (_, at) => all[Math.floor((at * all.length) / 200)]?.id ?? "");
const seconds = (from: number, to: number): number => Math.round(to - from) / 1000;

console.log(
  JSON.stringify({
    secrets,
    policies,
    compute_s: seconds(started, computed),
    compute_processor_s: Math.round((used.user + used.system) / 1000) / 1000,
    readers_of_all_s: seconds(computed, answered),
    mean_readers: Math.round(readerSum / Math.max(1, model.targets.length)),
    facts_rss_mb: Math.round(baseMb),
    peak_rss_mb: Math.round(process.resourceUsage().maxRSS / 1024),
    ...timed("who_can_read", some(model.targets), (id) => model.whoCan(id, "read")),
    ...timed("who_can_read_told", some(model.targets), (id) => told(model.whoCan(id, "read"))),
    ...timed("what_can", some(model.principals), (id) => model.whatCan(id)),
    ...timed("path", some(model.principals), (id) => model.path(id, some(model.targets)[7] ?? "")),
    ...timed("access", some(model.principals), (id) => model.access(id)),
    ...model.stats,
  }),
);
