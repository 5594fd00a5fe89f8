import { readFileSync, writeFileSync } from "node:fs";
import { format, resolveConfig } from "prettier";
import { describe, expect, it } from "vitest";
import { awsPermissions, hashicorpPermissions } from "../../src/connectors/index.ts";
import type { RawRecord } from "../../src/facts/index.ts";
import {
  REFUSED,
  ROOT,
  collectedWithout,
  exampleRecords,
  judge,
  openExample,
  type Example,
  type Judgement,
} from "../evidence/example.ts";

/**
 * What the collector is not allowed, one permission after the other: the recorded answers are put to the connector again with those
 * refused that need it. Nothing may look better, and `docs/permissions.md` says what each costs. All permissions with `SLOW=1`, else a
 * share; `UPDATE_GOLDEN=1` writes the page.
 */
const PAGE = `${ROOT}docs/permissions.md`;
const UPDATE = process.env["UPDATE_GOLDEN"] === "1";
const ALL = UPDATE || process.env["SLOW"] === "1";
const SHARE = 12;
const TIME_LIMIT_MS = ALL ? 3_600_000 : 600_000;

const ESTATES = [
  {
    name: "vault",
    title: "HashiCorp Vault and OpenBao",
    permissions: hashicorpPermissions(),
    settings: { auth: { method: "token", token: "env:VAULT_TOKEN" } },
  },
  {
    name: "aws",
    title: "AWS",
    permissions: awsPermissions(),
    settings: { endpoint: "http://127.0.0.1:8230", accounts: { role_name: "countersign" } },
  },
] as const;

type Estate = (typeof ESTATES)[number];

describe.each(ESTATES)("a permission that the collector of $name does not have", (estate) => {
  it(
    "makes nothing look better, and costs what the page says",
    async () => {
      const example = await openExample(estate.name);
      const records = await exampleRecords(example);
      const whole = judge(example, await collectedWithout(example, records, () => false, estate.settings));
      const asked = new Set(records.map(({ operation }) => operation));
      const permissions = [...estate.permissions].filter(([, operations]) =>
        operations.some((id) => asked.has(id)),
      );
      expect(permissions.length).toBeGreaterThan(30);
      const better: string[] = [];
      const rows: string[] = [];
      for (const [place, [permission, operations]] of permissions.entries()) {
        if (!ALL && place % SHARE !== 1) continue;
        const without = await judgedWithout(example, records, operations, estate);
        better.push(...cleaner(whole, without.judged).map((what) => `${permission}: ${what}`));
        rows.push(rowOf(permission, without.gaps, whole, without.judged));
      }
      expect(better).toEqual([]);
      const page = await pageWith(estate.name, rows);
      if (UPDATE) writeFileSync(PAGE, page);
      const written = readFileSync(PAGE, "utf8").split("\n").map(squeezed);
      expect(rows.map(squeezed).filter((row) => !written.includes(row))).toEqual([]);
      if (ALL) expect(readFileSync(PAGE, "utf8")).toBe(page);
    },
    TIME_LIMIT_MS,
  );
});

async function judgedWithout(
  example: Example,
  records: readonly RawRecord[],
  operations: readonly string[],
  { settings }: Estate,
) {
  const refused = ({ operation }: RawRecord): boolean => operations.includes(operation);
  const facts = await collectedWithout(example, records, refused, settings);
  const gaps = facts.gaps.filter(({ detail }) => detail === REFUSED).length;
  return { gaps, judged: judge(example, facts) };
}

/** What a token says of itself, whoever it belongs to. */
const OF_TOKENS: readonly string[] = ["root_token_alive", "token_ttl_unbounded"];

/**
 * What looks better than before. That a policy spoke not of a thing because of a tag that is hidden now is no verdict: what is proven of
 * the thing meanwhile stands. Of a subject that was not there before, such as a token
 * whose identity is hidden, nothing was said; its own state is as it was.
 */
function cleaner(before: Judgement, after: Judgement): string[] {
  const known = new Set(before.subjects.map(({ id }) => id));
  return [...after.outcomes].flatMap(([name, { outcome, policy_id, subject_id }]) => {
    const was = before.outcomes.get(name)?.outcome ?? "unseen";
    const better = outcome === "compliant" || outcome === "not_applicable";
    const ownState = subject_id.includes("auth/token/accessor/") && OF_TOKENS.includes(policy_id);
    const newcomer = !known.has(subject_id) && (outcome === "not_applicable" || ownState);
    const silent = was === "not_applicable" || newcomer;
    return better && was !== outcome && !silent ? [`${name}: ${was} → ${outcome}`] : [];
  });
}

function rowOf(permission: string, gaps: number, before: Judgement, after: Judgement): string {
  const counts = new Map<string, number>();
  for (const [name, { outcome, policy_id }] of after.outcomes)
    if (outcome === "undetermined" && before.outcomes.get(name)?.outcome !== "undetermined")
      counts.set(policy_id, (counts.get(policy_id) ?? 0) + 1);
  const costs = [...counts]
    .sort(([a, many], [b, more]) => more - many || (a < b ? -1 : 1))
    .map(([policy, count]) => `${policy} (${count})`);
  const unseen = before.subjects.length - after.subjects.length;
  return `| \`${permission}\` | ${gaps} | ${unseen > 0 ? unseen : 0} | ${costs.length === 0 ? "nothing" : costs.join(", ")} |`;
}

const HEAD = `# What each permission is for

The collector runs on the least policy that \`countersign init\` prints. This page says what a report loses where one of its
permissions is missing: how many gaps that leaves in the recorded example, how many things are not seen at all, and the results that become _undetermined_, by policy.
Nothing becomes a pass by it. \`test/property/permissions.test.ts\` takes the permissions away one by one and writes this page.
`;

/** The page with the rows of one estate, and those of the others as they are. */
async function pageWith(name: Estate["name"], rows: readonly string[]): Promise<string> {
  const old = readOr(PAGE);
  const sections = ESTATES.map((estate) => {
    const body = estate.name === name ? tableOf(rows) : sectionOf(old, estate.title);
    return `## ${estate.title}\n\n${body.trim()}\n`;
  });
  const options = await resolveConfig(PAGE);
  return await format([HEAD, ...sections].join("\n"), { ...options, parser: "markdown" });
}

function tableOf(rows: readonly string[]): string {
  return [
    "| permission | gaps | not seen | becomes undetermined |",
    "| --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}

function sectionOf(page: string, title: string): string {
  const [, rest = ""] = page.split(`## ${title}\n`);
  return rest.split("\n## ")[0] ?? "";
}

function readOr(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function squeezed(line: string): string {
  return line.replace(/\s+/g, " ").trim();
}
