import type { Fact } from "../../../facts/index.ts";
import { nonEmptyText, objects } from "../../shape.ts";
import { fact, gapIn, type Answered, type Operation } from "../operation.ts";
import { asksOf, optionalInstant, rowsOf } from "../rows.ts";

const row = rowsOf("iam", "global", "{arn}");

/** Principals of one account whose use of services is asked for: each is a job that IAM works through by itself. */
const MAX_PRINCIPALS = 1000;

function services(answered: Answered): Fact[] {
  const { arn = "", page_number } = answered.params;
  return [
    fact(answered, "service_use", `${arn}${page_number === undefined ? "" : `#${page_number}`}`, {
      principal: `${answered.record.store_id}:${arn}`,
      services: objects(answered.body, "ServicesLastAccessed")
        .map((each) => {
          // Left out of a service that was not used in the tracking period.
          const used_at = optionalInstant(each, "LastAuthenticated");
          return {
            service: nonEmptyText(each, "ServiceNamespace"),
            ...(used_at === undefined ? {} : { used_at }),
          };
        })
        .sort((a, b) => (a.service < b.service ? -1 : 1)),
    }),
  ];
}

export const serviceUseRows: readonly Operation[] = [
  {
    ...row(
      "use_job",
      "That IAM looks up which services a principal used",
      "GenerateServiceLastAccessedDetails",
    ),
    hides: ["service_use"],
    input: ({ arn }) => ({ Arn: arn, Granularity: "SERVICE_LEVEL" }),
    most: MAX_PRINCIPALS,
    next: (answered) =>
      asksOf(answered, ["iam.use"], {
        arn: answered.params["arn"] ?? "",
        job: nonEmptyText(answered.body, "JobId"),
      }),
  },
  {
    ...row("use", "Services that a principal may use, and when it last did", "GetServiceLastAccessedDetails"),
    hides: ["service_use"],
    input: ({ job }) => ({ JobId: job, MaxItems: 1000 }),
    pages: { token: "Marker", input: "Marker", more: "IsTruncated" },
    unready: ({ JobStatus }) => JobStatus === "IN_PROGRESS",
    facts: (answered) => {
      const status = nonEmptyText(answered.body, "JobStatus");
      if (status !== "COMPLETED") {
        return [
          gapIn(answered, {
            resource: answered.params["arn"] ?? "",
            reason: "unavailable",
            hides: ["service_use"],
            detail: `IAM could not look up which services the principal used (${status})`,
          }),
        ];
      }
      return services(answered);
    },
  },
];
