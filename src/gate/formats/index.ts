import { arm } from "./arm/index.ts";
import { cloudformation } from "./cloudformation/index.ts";
import { COMPOSE } from "./container/compose.ts";
import { DOCKERFILE } from "./container/dockerfile.ts";
import type { InputFormat, LoadedFormat } from "./format.ts";
import { iamPolicy } from "./iam-policy.ts";
import { KUBERNETES } from "./kubernetes/index.ts";
import { GITHUB_ACTIONS } from "./pipelines/github.ts";
import { GITLAB_CI } from "./pipelines/gitlab.ts";
import { terraform } from "./terraform/index.ts";
import { terraformPlan } from "./terraform-plan/index.ts";
import { vaultPolicy } from "./vault-policy.ts";

export type Format = InputFormat | LoadedFormat;

/** Every kind of input, those first that are told apart by less. A file is of the first that recognises it. */
export const FORMATS: readonly Format[] = [
  // One a line.
  DOCKERFILE,
  GITHUB_ACTIONS,
  GITLAB_CI,
  vaultPolicy,
  terraformPlan,
  arm,
  cloudformation,
  iamPolicy,
  terraform,
  COMPOSE,
  KUBERNETES,
];
