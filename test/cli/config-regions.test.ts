import { describe, expect, it } from "vitest";
import { configuredSources } from "../../src/cli/collecting.ts";
import { KNOWN_REGIONS } from "../../src/connectors/aws/regions.ts";
import { connectors } from "../../src/connectors/index.ts";
import { processEnvironment } from "../../src/cli/environment.ts";
import { compileSchema } from "../../src/facts/index.ts";
import { parseConfig } from "../../src/cli/config.ts";

const FILE = "/etc/countersign/countersign.yaml";

const parse = (text: string) => parseConfig(text, FILE, {});

describe("a Region of AWS", () => {
  const regionsOf = (regions: string): unknown => {
    const config = parse(`version: 1
sources:
  main:
    connector: aws
    regions: ${regions}
`);
    const process = processEnvironment(new AbortController().signal);
    return configuredSources(config, { ...process, env: {} })[0]?.settings;
  };

  it.each([
    ["eu-centrl-1", "eu-central-1"],
    ["us-esat-1", "us-east-1"],
    ["ue-central-1", "eu-central-1"],
    ["eur-west-1", "eu-west-1"],
    ["eu-central1", "eu-central-1"],
    ["EU-WEST-2", "eu-west-2"],
  ])("that is misspelt, %s, is said with its line and the one that was meant", (written, meant) => {
    expect(() => regionsOf(`[us-east-2, ${written}]`)).toThrow(
      expect.objectContaining({
        code: "E_CONFIG",
        message: `expected a Region's name, e.g. eu-central-1, got ${written}`,
        location: { file: FILE, line: 5, column: 26 },
        fix: `Did you mean ${meant}?`,
      }) as Error,
    );
  });

  it.each([...KNOWN_REGIONS, "eu-central-9", "nz-southeast-1", "us-isog-northwest-1"])(
    "%s, which may be new, is taken",
    (name) => {
      expect(regionsOf(`[${name}]`)).toMatchObject({ regions: [name] });
    },
  );

  it("that is misspelt in a snapshot's selection is what was asked for then", () => {
    expect(
      compileSchema(connectors.get("aws")!.settings).fits({ address: "aws", regions: ["eu-centrl-1"] }),
    ).toBe(true);
  });
});
