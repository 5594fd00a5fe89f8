import type { Fact } from "../../../facts/index.ts";
import { Misshapen, flag, nonEmptyText, objectAt, objects, texts, type Json } from "../../shape.ts";
import { ext, fact, mountOf, type Answered, type Family } from "../operation.ts";
import { asksOf, listOrNone, objectOrNone, optionalText, rowsOf } from "../rows.ts";

const LISTS = ["CompositeAlarms", "LogAlarms", "MetricAlarms"] as const;

const ALARMS = "arn:{partition}:cloudwatch:{region}:{account}:alarm:";

function alarm(answered: Answered, own: Json, pattern: string | undefined): Fact {
  return fact(answered, "watch", nonEmptyText(own, "AlarmArn"), {
    mount: mountOf(answered),
    name: nonEmptyText(own, "AlarmName"),
    watch_type: "alarm",
    enabled: flag(own, "ActionsEnabled"),
    pattern,
    target_count: texts(own, "AlarmActions").length,
  });
}

/** An alarm looks at one metric, or at an expression over some. */
function metricOf(own: Json): string | undefined {
  const metric = optionalText(own, "MetricName");
  if (metric !== undefined) return `${nonEmptyText(own, "Namespace")} ${metric}`;
  const parts = objects(own, "Metrics").map((query) => {
    const of = objectOrNone(objectOrNone(query, "MetricStat"), "Metric");
    return (
      optionalText(query, "Expression") ??
      `${nonEmptyText(of, "Namespace")} ${nonEmptyText(of, "MetricName")}`
    );
  });
  if (parts.length === 0) throw new Misshapen("Metrics", "a list of what the alarm looks at", parts);
  return parts.join(", ");
}

function alarms(answered: Answered): Fact[] {
  const { body } = answered;
  return [
    ...objects(body, "MetricAlarms").map((own) => alarm(answered, own, metricOf(own))),
    ...objects(body, "CompositeAlarms").map((own) => alarm(answered, own, nonEmptyText(own, "AlarmRule"))),
    // Of services that know none.
    ...listOrNone(body, "LogAlarms").map((own) =>
      alarm(answered, own, nonEmptyText(objectAt(own, "ScheduledQueryConfiguration"), "QueryString")),
    ),
  ];
}

/** Amazon CloudWatch: alarms. */
export const cloudwatch: Family = {
  id: "cloudwatch",
  operations: [
    {
      ...rowsOf("cloudwatch", "regional", ALARMS)(
        "alarms",
        "Alarms of every type, and how many places they tell",
        "DescribeAlarms",
      ),
      hides: ["watch"],
      // Without the types only alarms on metrics are told.
      input: () => ({ AlarmTypes: ["CompositeAlarm", "LogAlarm", "MetricAlarm"], MaxRecords: 100 }),
      pages: { token: "NextToken", input: "NextToken" },
      entries: LISTS.map((list) => ({ list, id: (entry) => optionalText(entry, "AlarmArn") ?? "" })),
      unread: LISTS.flatMap((list) =>
        ["AlarmDescription", "StateReason", "StateReasonData"].map((member) => `/${list}/*/${member}`),
      ),
      facts: alarms,
    },
  ],
  roots: ["cloudwatch.alarms"],
};

/** AWS Security Hub: whether it is on. */
export const securityHub: Family = {
  id: "securityhub",
  operations: [
    {
      ...rowsOf("securityhub", "regional", "arn:{partition}:securityhub:{region}:{account}:hub/default")(
        "hub",
        "Whether Security Hub is on",
        "DescribeHub",
      ),
      hides: ["watch"],
      // "Either Security Hub is not enabled for the account, or the account does not have permission": at most a watch too few.
      none: ["InvalidAccessException"],
      facts: (answered) => [
        fact(answered, "watch", nonEmptyText(answered.body, "HubArn"), {
          mount: mountOf(answered),
          name: "Security Hub",
          watch_type: "security_hub",
          enabled: nonEmptyText(answered.body, "SubscribedAt") !== "",
        }),
      ],
    },
  ],
  roots: ["securityhub.hub"],
};

const DETECTORS = "arn:{partition}:guardduty:{region}:{account}:detector/";

function detector(answered: Answered): Fact[] {
  const { body, params, account, region } = answered;
  const { partition = "", detector: name = "" } = params;
  const status = nonEmptyText(body, "Status");
  if (status !== "ENABLED" && status !== "DISABLED")
    throw new Misshapen("Status", "ENABLED or DISABLED", status);
  const features = listOrNone(body, "Features")
    .filter((feature) => nonEmptyText(feature, "Status") === "ENABLED")
    .map((feature) => nonEmptyText(feature, "Name"));
  return [
    fact(answered, "watch", `arn:${partition}:guardduty:${region}:${account}:detector/${name}`, {
      mount: mountOf(answered),
      name,
      watch_type: "guardduty",
      enabled: status === "ENABLED",
      ext: ext({ features: features.length === 0 ? undefined : features.sort() }),
    }),
  ];
}

const ofDetectors = rowsOf("guardduty", "regional", DETECTORS);

/** Amazon GuardDuty: whether it is on. Where it never was, there is no detector. */
export const guardDuty: Family = {
  id: "guardduty",
  operations: [
    {
      ...ofDetectors("detectors", "Detectors of the Region", "ListDetectors"),
      hides: ["watch"],
      input: () => ({ MaxResults: 50 }),
      pages: { token: "NextToken", input: "NextToken" },
      next: (answered) => {
        const { partition = "" } = answered.params;
        return texts(answered.body, "DetectorIds").flatMap((id) =>
          asksOf(answered, ["guardduty.detector"], { partition, detector: id }),
        );
      },
    },
    {
      ...ofDetectors("detector", "Whether a detector is on, and its features", "GetDetector"),
      hides: ["watch"],
      resource: `${DETECTORS}{detector}`,
      input: ({ detector: id }) => ({ DetectorId: id }),
      facts: detector,
    },
  ],
  roots: ["guardduty.detectors"],
};
