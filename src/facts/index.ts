export * from "./acl-rule.ts";
export * from "./audit-log.ts";
export * from "./connector.ts";
export {
  DETECTION_DAYS,
  MAX_DETECTIONS,
  MAX_DETECTION_SECRETS,
  usualReviewDays,
  MAX_HOLES,
  MAX_USAGE_DAYS,
  MAX_USAGE_VERSIONS,
} from "./event-kinds.ts";
export * from "./gap.ts";
export * from "./gap-fix.ts";
export * from "./gap-groups.ts";
export * from "./kinds.ts";
export * from "./ndjson.ts";
export { STORE_FEATURES, StoreFeature } from "./own-kinds.ts";
export { ACCESS_ACTIONS, ROSTER_KINDS } from "./people-kinds.ts";
export {
  MAX_REMAINING_TOLD,
  REVIEW_CAMPAIGN,
  REVIEW_DECISION,
  REVIEW_REGISTER,
  REVIEW_REVIEWER,
  REVIEW_REVOCATION,
} from "./review-kinds.ts";
export * from "./record.ts";
export * from "../schema/index.ts";
export * from "./snapshot.ts";
export * from "./validate.ts";
export * from "./yaml.ts";
