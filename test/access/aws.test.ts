import { describe, expect, it } from "vitest";
import { simulate } from "../../src/access/index.ts";
import { parsePolicy } from "../../src/hashicorp/index.ts";
import { awsCases, CASE_FILES } from "./aws-cases.ts";

/** Written `allow`, `deny` or `explicit`; behind it `?c` for conditional and `?p` for possible. */
function shape(expected: string): object {
  const [decision, certainty] = expected.split("?");
  return {
    decision: decision === "allow" ? "allow" : "deny",
    explicit_deny: decision === "explicit",
    certainty: certainty === "c" ? "conditional" : certainty === "p" ? "possible" : "certain",
  };
}

describe.each(CASE_FILES)("%s", (file) => {
  it.each(awsCases(file))("$title", ({ world, expect: expected, because, conditions, reason }) => {
    const [answer] = [...simulate(world, { parsePolicy })];
    expect(answer).toMatchObject(shape(expected));
    if (because !== undefined) expect(answer?.because).toEqual(because);
    if (conditions !== undefined) expect(answer?.conditions).toEqual(conditions);
    if (reason !== undefined) expect(answer?.reason).toBe(reason);
    if (answer?.certainty !== "certain") expect(answer?.conditions).not.toHaveLength(0);
  });
});
