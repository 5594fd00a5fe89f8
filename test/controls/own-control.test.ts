import { readFile, readdir } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { CHANGE_KINDS } from "../../src/policy/index.ts";
import { OutcomeTally, foldControls, ownMapping } from "../../src/controls/index.ts";

const ROOT = new URL("../../", import.meta.url);

describe("the organisation's own controls", () => {
  it("stand in the report where they name no policy, too, as not tested", () => {
    const attested = { id: "HR-02", title: "Leavers sign", answers: ["soc2-2017:CC6.2"] };
    const mapping = ownMapping([attested], "Pine", new Map());
    expect(mapping?.framework.title).toBe("Own controls");
    const folded = foldControls(mapping!, { catalogue: [], tally: new OutcomeTally(), gaps: [] });
    expect(folded).toMatchObject([
      {
        control_id: "HR-02",
        title: "Leavers sign",
        status: "not_tested",
        why: "No policy answers this yet.",
        note: "the configuration names no policies that test it; results about what it answers stand with soc2-2017:CC6.2",
      },
    ]);
  });

  it("are no framework where there is none", () => {
    expect(ownMapping([], "Pine", new Map())).toBeUndefined();
  });
});

it("docs/own-policies.md names every kind of subject that a policy can be about", async () => {
  const all = await readdir(new URL("policies/schemas/", ROOT));
  // What only a change has is in no snapshot: own policies about it would judge nothing there.
  const schemas = all.filter((name) => !CHANGE_KINDS.some((kind) => name === `${kind}.json`));
  const page = await readFile(new URL("docs/own-policies.md", ROOT), "utf8");
  const [, list = ""] = /The subject is one of ([^;]*);/.exec(page) ?? [];
  const named = [...list.matchAll(/`([a-z_]+)`/g)].map(([, name = ""]) => name);
  expect(named).toEqual(schemas.map((name) => name.replace(".json", "")).sort());
});
