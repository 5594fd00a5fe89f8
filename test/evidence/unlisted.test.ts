import { describe, expect, it } from "vitest";
import { incompleteText } from "../../src/evidence/index.ts";
import { unlisted } from "../../src/evidence/unlisted.ts";
import { collecting, estate } from "../connectors/aws/collecting.ts";
import type { AwsAnswer, AwsQuestion } from "../fakes/aws.ts";

const run = collecting();

const refusing =
  (...actions: string[]) =>
  (question: AwsQuestion): AwsAnswer =>
    actions.includes(question.action) ? { error: "AccessDeniedException" } : estate(question);

const told = async (...parameters: Parameters<typeof run.collect>): Promise<string[]> => {
  const causes = unlisted((await run.collect(...parameters)).facts.gaps);
  return causes.length === 0 ? [] : incompleteText({ incomplete: { causes } });
};

describe("a population is incomplete", () => {
  it.each([
    [
      "ListSecrets",
      /^INCOMPLETE: the secrets of \d+ Regions? of account \d{12} \(.*\) could not be listed \(.*ListSecrets.*\); what/,
    ],
    ["DescribeParameters", /^INCOMPLETE: the secrets of .*DescribeParameters/],
    [
      "GetAccountAuthorizationDetails",
      /^INCOMPLETE: the principals of account \d{12} could not be listed \(.*GetAccountAuthorizationDetails/,
    ],
    ["ListKeys", /^INCOMPLETE: the keys of .*ListKeys/],
    ["DescribeRegions", /^INCOMPLETE: .*stores.* could not be listed \(.*DescribeRegions/],
  ])("where %s is refused, once a cause", async (action, line) => {
    const lines = await told(refusing(action));
    expect(lines).toEqual([expect.stringMatching(line) as string]);
  });

  it("of Regions beside those of the settings, where nobody tells which there are", async () => {
    const [line] = await told(refusing("DescribeRegions"), { regions: ["eu-central-1"] });
    expect(line).toMatch(
      /^INCOMPLETE: the secrets, .* of Regions of account \d{12} that are not known could not be listed \(/,
    );
    // Where nothing at all is told of an account it is no matter of its Regions alone.
    const [all] = await told(refusing("DescribeRegions"));
    expect(all).toMatch(/ of account \d{12} could not be listed \(/);
  });

  it("neither where all was listed and one thing could not be read", async () => {
    expect(await told(estate)).toEqual([]);
    expect(await told(refusing("DescribeSecret", "DescribeKey", "GetResourcePolicy"))).toEqual([]);
  });

  it("nor by what the configuration leaves out", async () => {
    expect(await told(estate, { regions: ["eu-central-1"] })).toEqual([]);
    expect(await told(estate, { exclude: ["secretsmanager"] })).toEqual([]);
  });
});
