import type { Tree } from "../../src/gate/index.ts";
import { REGION, document, type allow } from "../access/aws-facts.ts";

type Statement = ReturnType<typeof allow>;

/** A plan that hangs a policy on a role that it does not declare. */
export function rolePolicyPlan(
  before: Statement | undefined,
  after: Statement | undefined,
  role = "app",
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
  const text = JSON.stringify({
    format_version: "1.2",
    resource_changes: [
      {
        ...own,
        change: { actions: [action], before: values(before), after: values(after), after_unknown: {} },
      },
    ],
    configuration: {
      provider_config: { aws: { name: "aws", expressions: { region: { constant_value: REGION } } } },
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
