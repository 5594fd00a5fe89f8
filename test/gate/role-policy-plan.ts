import type { Tree } from "../../src/gate/index.ts";
import { HOME, REGION, document, type allow } from "../access/aws-facts.ts";

type Statement = ReturnType<typeof allow>;

/** A plan that hangs a policy on a role that it does not declare; `account`: what it states as its own, if anything. */
export function rolePolicyPlan(
  before: Statement | undefined,
  after: Statement | undefined,
  role = "app",
  account: string | null = HOME,
): Tree {
  const values = (one: Statement | undefined) =>
    one === undefined ? null : { name: "reads", role, policy: JSON.stringify(document(one)) };
  const action = before === undefined ? "create" : after === undefined ? "delete" : "update";
  const own = {
    address: "aws_iam_role_policy.reads",
    mode: "managed",
    type: "aws_iam_role_policy",
    name: "reads",
  };
  const expressions = {
    region: { constant_value: REGION },
    ...(account === null ? {} : { allowed_account_ids: { constant_value: [account] } }),
  };
  const text = JSON.stringify({
    format_version: "1.2",
    resource_changes: [
      {
        ...own,
        change: { actions: [action], before: values(before), after: values(after), after_unknown: {} },
      },
    ],
    configuration: {
      provider_config: { aws: { name: "aws", expressions } },
      root_module: { resources: [{ ...own, expressions: { policy: {}, role: {}, name: {} } }] },
    },
  });
  return {
    async *files() {
      await Promise.resolve();
      yield { path: "plan.json", size: text.length, read: () => Promise.resolve(Buffer.from(text)) };
    },
  };
}
