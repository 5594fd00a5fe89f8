import type { Family } from "../operation.ts";
import { iam } from "./iam.ts";
import { kms } from "./kms.ts";
import { organizations } from "./organizations.ts";
import { secretsManager } from "./secretsmanager.ts";
import { ssm } from "./ssm.ts";

/** The services whose things are read, in the order of their documentation. A further one is a file and a line here. */
export const SERVICE_FAMILIES: readonly Family[] = [secretsManager, ssm, kms, iam, organizations];
