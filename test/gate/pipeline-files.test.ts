import { describe, expect, it } from "vitest";
import { isUnread } from "../../src/gate/formats/format.ts";
import { GITHUB_ACTIONS } from "../../src/gate/formats/pipelines/github.ts";
import { GITLAB_CI } from "../../src/gate/formats/pipelines/gitlab.ts";
import { UNKNOWN_SURROUNDINGS } from "../../src/gate/index.ts";
import { SourceText } from "../../src/gate/text/source-text.ts";
import { ALNUM, made } from "../secret-scan/made.ts";

const KEY = made(ALNUM, 40);

describe("a credential that is written in a pipeline", () => {
  it.each([
    [
      GITHUB_ACTIONS,
      ".github/workflows/a.yml",
      `on: push\njobs:\n  a:\n    env:\n      API_KEY: ${KEY}\n`,
      "env.API_KEY",
      5,
    ],
    [
      GITLAB_CI,
      ".gitlab-ci.yml",
      `a:\n  variables:\n    API_KEY: { value: ${KEY} }\n  script: [make]\n`,
      "a.variables.API_KEY",
      3,
    ],
    [GITLAB_CI, ".gitlab-ci.yml", `variables:\n  API_KEY: "${KEY}"\n`, "variables.API_KEY", 2],
  ])("is told by its name: %#", (format, path, text, address, line) => {
    const found = [...format.read([new SourceText(path, text)], UNKNOWN_SURROUNDINGS)].flatMap((one) =>
      isUnread(one) ? [] : one.credentials,
    );
    expect(found).toMatchObject([{ rule: "pipeline-variable", address, place: { line } }]);
    expect(JSON.stringify(found)).not.toContain(KEY);
  });

  it("ends where jobs extend each other in a circle", () => {
    const text = "a: { extends: b }\nb: { extends: a, script: [!reference [a, script]] }\n";
    const [declared] = [...GITLAB_CI.read([new SourceText(".gitlab-ci.yml", text)], UNKNOWN_SURROUNDINGS)];
    expect(declared !== undefined && !isUnread(declared) && declared.changes.length).toBe(3);
  });
});
