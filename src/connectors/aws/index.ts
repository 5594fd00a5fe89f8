import { withIngestedLog } from "../ingested-log.ts";
import { collect } from "./collect.ts";
import { REVISION, normalise } from "./normalise.ts";
import { LOG_OPERATIONS } from "./audit-log/operations.ts";
import { OPERATIONS, YIELDED, probes } from "./operations/index.ts";
import { AwsSettings, selectionOf } from "./settings.ts";

/** Amazon Web Services, by the SDK: one account, or all of an organisation. */
export const aws = withIngestedLog<AwsSettings>({
  id: "aws",
  revision: REVISION,
  settings: AwsSettings,
  selection: selectionOf,
  permissions: [
    ...new Set([...OPERATIONS.values(), ...LOG_OPERATIONS.values()].flatMap(({ needs }) => needs)),
  ].sort(),
  yields: YIELDED,
  probes,
  collect,
  normalise,
});

export {
  FORBIDDEN_ACTIONS,
  awsCollectorPolicy,
  type AuditLogScope,
  type AwsCollectorScope,
} from "./collector-policy.ts";
export { awsLogOperationsTable, awsOperationsTable, awsPermissions } from "./operations-table.ts";
export { LogBucket, type BucketTerms } from "./log-bucket.ts";
export { refuseMisspeltRegions } from "./regions.ts";
export { AwsSettings } from "./settings.ts";
export * from "./kms-kek.ts";
