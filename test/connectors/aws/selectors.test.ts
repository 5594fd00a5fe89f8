import { describe, expect, it } from "vitest";
import { selectionOf } from "../../../src/connectors/aws/operations/cloudtrail-selectors.ts";
import { Misshapen } from "../../../src/connectors/shape.ts";

const KMS = "kms.amazonaws.com";
const RDS = "rdsdata.amazonaws.com";

const basic = (ReadWriteType: string, excluded: readonly string[] = [], IncludeManagementEvents = true) => ({
  ReadWriteType,
  IncludeManagementEvents,
  DataResources: [],
  ExcludeManagementEventSources: excluded,
});
const category = { Field: "eventCategory", Equals: ["Management"] };
const advanced = (...fields: object[]) => ({ FieldSelectors: fields });

const ALL = { management_reads: true, management_writes: true, excluded_sources: [], narrowed: false };
const NOTHING = { ...ALL, management_reads: false, management_writes: false };
const READS = { ...ALL, management_writes: false };
const WRITES = { ...ALL, management_reads: false };
const NARROWED = { ...ALL, narrowed: true };

describe("what a trail takes of management events", () => {
  it.each<[string, object[], object]>([
    ["everything", [basic("All")], ALL],
    ["writes alone", [basic("WriteOnly")], WRITES],
    ["reads alone", [basic("ReadOnly")], READS],
    ["nothing but data", [basic("All", [], false)], NOTHING],
    ["all but a source", [basic("All", [RDS, KMS])], { ...ALL, excluded_sources: [KMS, RDS] }],
    ["both by two selectors", [basic("ReadOnly"), basic("WriteOnly")], ALL],
    ["what one leaves out and the other takes", [basic("All", [KMS]), basic("All")], ALL],
    [
      "reads but those of a source",
      [basic("ReadOnly", [KMS]), basic("WriteOnly")],
      { ...ALL, excluded_sources: [KMS] },
    ],
  ])("by basic selectors is %s", (_what, EventSelectors, expected) => {
    expect(selectionOf({ EventSelectors })).toEqual(expected);
  });

  it.each<[string, object[], object]>([
    ["everything", [advanced(category)], ALL],
    ["nothing but data", [advanced({ Field: "eventCategory", Equals: ["Data"] })], NOTHING],
    ["writes alone", [advanced(category, { Field: "readOnly", Equals: ["false"] })], WRITES],
    ["reads alone", [advanced(category, { Field: "readOnly", Equals: ["true"] })], READS],
    [
      "all but a source",
      [advanced(category, { Field: "eventSource", NotEquals: [KMS] })],
      { ...ALL, excluded_sources: [KMS] },
    ],
    ["one source alone", [advanced(category, { Field: "eventSource", Equals: [KMS] })], NARROWED],
    ["all but a name", [advanced(category, { Field: "eventName", NotEquals: ["Decrypt"] })], NARROWED],
    [
      "all but sources that begin so",
      [advanced(category, { Field: "eventSource", NotStartsWith: ["k"] })],
      NARROWED,
    ],
    [
      "a name alone, beside a selector of everything",
      [advanced(category), advanced(category, { Field: "eventName", Equals: ["Decrypt"] })],
      ALL,
    ],
    [
      "a name alone, beside a selector of writes",
      [
        advanced(category, { Field: "readOnly", Equals: ["false"] }),
        advanced(category, { Field: "eventName", Equals: ["Decrypt"] }),
      ],
      NARROWED,
    ],
  ])("by advanced selectors is %s", (_what, AdvancedEventSelectors, expected) => {
    expect(selectionOf({ AdvancedEventSelectors })).toEqual(expected);
  });

  it.each<[string, object]>([
    ["no selectors", {}],
    ["empty lists of them", { EventSelectors: [], AdvancedEventSelectors: [] }],
    ["another direction", { EventSelectors: [basic("None")] }],
    ["a selector without a category", { AdvancedEventSelectors: [advanced()] }],
    [
      "a category by another comparison",
      { AdvancedEventSelectors: [advanced({ Field: "eventCategory", NotEquals: ["Data"] })] },
    ],
  ])("is not told by %s", (_what, body) => {
    expect(() => selectionOf({ ...body })).toThrow(Misshapen);
  });
});
