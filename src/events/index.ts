export { EVENT_COLUMNS } from "./event.ts";
export { EventTable, type TableVersion } from "./event-table.ts";
export { coverage, find, principalsSeen, type LogCoverage, type SeenPrincipal } from "./findings.ts";
export type { EventFinding } from "./finding.ts";
export { logActors, secretsRead, type SecretsRead } from "./found-events.ts";
export type { Format } from "./formats.ts";
export { ingest, type IngestReport } from "./ingest.ts";
export { readTwice, type LocalFile, type LogFile } from "./inputs.ts";
export { detectionFinding } from "./ocsf.ts";
export { attachPublished, placeFiles, publish, type Published } from "./published.ts";
export { attachReference, type PrincipalRow, type Reference } from "./reference.ts";
export {
  bound,
  boundDetection,
  detections,
  questions,
  type Detection,
  type Period,
  type Question,
} from "./statement.ts";
export {
  digestKeys,
  isDigestName,
  isLogName,
  verifyDigests,
  type DeliveredFile,
  type DigestKeys,
  type DigestReport,
} from "./trail-digests.ts";
export { ingestedDigests, spansOf, usageOf, type Missing, type Usage } from "./usage.ts";
