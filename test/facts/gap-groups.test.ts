import { describe, expect, it } from "vitest";
import { gapGroups, gapPlaces, type Gap, type GapGroup } from "../../src/facts/index.ts";

const gap = (more: Partial<Gap>): Gap => ({
  store_id: "aws",
  scope: "aws/111122223333/eu-west-1",
  operation: "kms.keys",
  reason: "limit",
  hides: ["key"],
  detail: "the Region is left out by configuration (regions)",
  ...more,
});

const at = (account: string, region: string): Gap =>
  gap({ scope: `aws/${account}/${region}`, resource: `aws:arn:aws:kms:${region}:${account}:key/` });

const one = (...gaps: readonly [Gap, ...Gap[]]): GapGroup => gaps;

describe("gaps", () => {
  it("of one store, reason, words and advice are one group, whatever was asked", () => {
    const gaps = [
      gap({}),
      gap({ operation: "ssm.parameters", hides: ["secret"] }),
      gap({ store_id: "other" }),
      gap({ reason: "denied" }),
      gap({ detail: "no answer" }),
      gap({ fix: "Ask again." }),
      gap({ scope: "aws/111122223333/eu-west-2" }),
    ];
    expect(gapGroups(gaps).map(({ length }) => length)).toEqual([3, 1, 1, 1, 1]);
    expect(gapGroups(gaps).flat()).toHaveLength(gaps.length);
  });

  it.each<[string, GapGroup, string]>([
    ["one thing", one(gap({ resource: "aws:" })), "aws"],
    [
      "Regions of one account",
      one(at("111122223333", "us-east-1"), at("111122223333", "eu-west-1"), at("111122223333", "eu-west-1")),
      "2 Regions of account 111122223333 (eu-west-1, us-east-1)",
    ],
    [
      "as many Regions of each account",
      one(at("111122223333", "us-east-1"), at("444455556666", "us-east-1")),
      "1 Region of 2 accounts (us-east-1)",
    ],
    [
      "other Regions of each account",
      one(at("111122223333", "us-east-1"), at("444455556666", "eu-west-1")),
      "2 places in 2 Regions of 2 accounts (eu-west-1, us-east-1)",
    ],
    [
      "a Region and what has none",
      one(at("111122223333", "us-east-1"), gap({ scope: "aws/111122223333", resource: "aws:user" })),
      "aws:arn:aws:kms:us-east-1:111122223333:key/, aws:user",
    ],
    [
      "more things than are named",
      one(
        gap({ scope: "v", resource: "v:a" }),
        gap({ scope: "v", resource: "v:b" }),
        gap({ scope: "v", resource: "v:c" }),
      ),
      "v:a, v:b and 1 more",
    ],
  ])("stand in %s, in words", (_what, gaps, text) => {
    expect(gapPlaces(gaps, 2)).toBe(text);
  });
});
