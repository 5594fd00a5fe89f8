import type { Family } from "../operation.ts";
import { acm } from "./acm.ts";
import { acmPca } from "./acm-pca.ts";
import { cloudtrail } from "./cloudtrail.ts";
import { ec2 } from "./ec2.ts";
import { events } from "./events.ts";
import { iam } from "./iam.ts";
import { kms } from "./kms.ts";
import { organizations } from "./organizations.ts";
import { s3 } from "./s3.ts";
import { secretsManager } from "./secretsmanager.ts";
import { ssm } from "./ssm.ts";
import { cloudwatch, guardDuty, securityHub } from "./watching.ts";

/** The services whose things are read, in the order of their documentation. A further one is a file and a line here. */
export const SERVICE_FAMILIES: readonly Family[] = [
  secretsManager,
  ssm,
  kms,
  iam,
  organizations,
  cloudtrail,
  s3,
  ec2,
  acm,
  acmPca,
  events,
  cloudwatch,
  securityHub,
  guardDuty,
];
