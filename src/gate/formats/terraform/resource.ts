import type { MapNode, Spot } from "../../text/node.ts";

/** A resource or data source as Terraform knows it, whether a plan or the source tells it. */
export interface Resource {
  readonly type: string;
  /** E.g. `module.db["eu"].aws_db_instance.main[0]`, `data.aws_iam_policy_document.app`. */
  readonly address: string;
  readonly mode: "data" | "managed";
  /** A map. What is not set is missing or `null`; what is not known, or is sensitive, is a node of kind `unknown`. */
  readonly attributes: MapNode;
  readonly spot: Spot;
  /** Its provider's configuration as the root module calls it, e.g. `aws`, `aws.eu`. */
  readonly provider: string;
  /** Whether it is there already, so that its ids are known. */
  readonly exists: boolean;
}
