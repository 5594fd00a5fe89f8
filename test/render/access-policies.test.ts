import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { idlePolicies } from "../../src/evidence/idle-policies.ts";
import { FactSet, type Fact } from "../../src/facts/index.ts";
import { readReportDefinition, renderPdf } from "../../src/render/index.ts";
import { statementLines } from "../../src/render/pdf/sections/extracts.ts";
import { found } from "../counterparties/availability.ts";
import { samplePackage } from "./package.ts";
import { ensurePoppler, saved } from "./poppler.ts";
import { STORE, digest } from "./sample.ts";

const poppler = ensurePoppler();
const folder = mkdtempSync(join(tmpdir(), "render-policies-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ACCOUNT = "111122223333";
const arn = (name: string, account = ACCOUNT): string => `${STORE}:arn:aws:iam::${account}:${name}`;
const about = { store_id: STORE, scope: `${STORE}/${ACCOUNT}`, record: digest("asked") };

const policy = (id: string, name: string, policy_type = "iam_managed"): Fact => ({
  ...about,
  kind: "policy_document",
  id,
  name,
  policy_type,
  text: `{"Version":"2012-10-17","Statement":[{"Sid":"${name}","Effect":"Allow","Action":"s3:Get*","Resource":"*"}]}`,
});

const ROLE = arn("role/pay/deployer");
const role = {
  ...about,
  kind: "principal",
  id: ROLE,
  name: "deployer",
  principal_type: "iam_role",
  native_id: ROLE,
  policies: [`${ROLE}#inline/p0`, arn("policy/Held", "aws")],
  disabled: false,
  labels: {},
  aliases: [],
  direct_group_ids: [],
  inherited_group_ids: [],
  ext: { aws: { boundary: arn("policy/Bound") } },
} as Fact;

const POLICIES = [
  policy(`${ROLE}#inline/p0`, "p0", "iam_inline"),
  policy(`${ROLE}#trust`, "deployer", "iam_trust"),
  policy(arn("policy/Held", "aws"), "Held"),
  policy(arn("policy/Bound"), "Bound"),
  policy(arn("policy/Spare"), "Spare"),
  ...Array.from({ length: 150 }, (_, index) => policy(arn(`policy/Aws${index}`, "aws"), `Aws${index}`)),
];

describe("access policies of AWS", () => {
  it("that nobody holds are those that neither a list nor a boundary names", () => {
    const idle = idlePolicies(new FactSet([role, ...POLICIES], []));
    expect(idle.size).toBe(151);
    expect(idle).toContain(arn("policy/Spare"));
    for (const { id } of POLICIES.slice(0, 4)) expect(idle).not.toContain(id);
  });

  it.skipIf("missing" in poppler)(
    "are printed where somebody holds them, with whose they are; the others are counted and a few named",
    async () => {
      const source = {
        ...samplePackage(),
        extracts: POLICIES,
        idlePolicies: idlePolicies(new FactSet([role, ...POLICIES], [])),
      };
      const definition = await readReportDefinition();
      const file = saved(join(folder, "policies.pdf"), await renderPdf(source, { definition }));
      const text = found(poppler).pages(file).join(" ").replace(/\s+/g, " ");
      expect(text).toContain(`p0 (iam_inline of role/pay/deployer in ${ACCOUNT}, ${STORE})`);
      expect(text).toContain(`deployer (iam_trust of role/pay/deployer in ${ACCOUNT}, ${STORE})`);
      for (const name of ["p0", "deployer", "Held", "Bound"]) expect(text).toContain(`"Sid":"${name}"`);
      for (const name of ["Spare", "Aws0"]) expect(text).not.toContain(`"Sid":"${name}"`);
      expect(text).toContain("151 managed policies, which no user, role or group that was read holds");
      expect(text).toMatch(/Spare [0-9a-f]{64}/);
      expect(text.match(/Aws\d+ \(AWS’s own\)/g)).toHaveLength(99);
    },
  );

  it("have a line for each statement, without another change", () => {
    const text = '{"Statement":[{"Action":["a{","b\\"["],"Condition":{"Bool":{"x":"y"}}},{"Effect":"Deny"}]}';
    const lines = statementLines(text);
    expect(lines.split("\n  ")).toEqual([
      '{"Statement":[',
      '{"Action":["a{","b\\"["],"Condition":{"Bool":{"x":"y"}}},',
      '{"Effect":"Deny"}]}',
    ]);
    expect(statementLines("{\n}")).toBe("{\n}");
  });
});
