import { textOf } from "../../text/node.ts";
import { policyText, statementsOf } from "./policy-text.ts";
import { regionalScope, type AwsTerms, type AwsThing } from "./thing.ts";
import type { Named } from "./things.ts";
import { openStatement } from "./widest.ts";

/** What says something of a thing's own policy. */
export interface PolicySources {
  /** The thing itself, whose attribute `policy` may hold it. */
  readonly own?: AwsThing;
  /** Resources of their own that set it. */
  readonly others: readonly AwsThing[];
  /** Why it is not known whether another sets it. */
  readonly perhaps: readonly string[];
  /** JSON of the policy that the provider gives a thing for which none is set; absent: it has none then. */
  readonly otherwise?: string;
  readonly scope?: string;
}

/**
 * The policy of a declared thing. What is known of one that is known in part is told, and that there is more is a gap, so that what lets
 * anyone in is found, and nothing passes.
 */
export function resourcePolicy(
  { identity }: Pick<Named, "identity">,
  terms: AwsTerms,
  { own, others, perhaps, otherwise, scope = regionalScope(terms) }: PolicySources,
): void {
  const { drafting, register } = terms;
  const resource = drafting.id(identity.arn);
  const hide = (detail: string): void => {
    drafting.hide({ scope, resource, kinds: ["resource_policy"], detail });
  };
  const add = (nth: number, text?: string): void => {
    const id = `${resource}#policy${nth === 0 ? "" : `/${nth}`}`;
    drafting.add("resource_policy", { id, scope, resource, ...(text === undefined ? {} : { text }) });
  };
  const written = own?.attributes["policy"];
  // Of a thing that is there and has none, Terraform's provider says so by an empty text.
  const isSet = written !== undefined && textOf(written) !== "";
  const setters = [...(own === undefined || !isSet ? [] : [own]), ...others];
  for (const detail of perhaps) hide(detail);
  if (setters.length === 0 && perhaps.length === 0) add(0, otherwise);
  setters.forEach((thing, nth) => {
    const node = thing.attributes["policy"];
    if (node === undefined) {
      hide(`policy of ${thing.address} is not set`);
      return;
    }
    register.part(resource, "resource_policy", node);
    register.policy(`${resource}#policy${nth === 0 ? "" : `/${nth}`}`, node);
    const { text, missing } = policyText(node, "resource");
    const at = openStatement(statementsOf(node)) ?? (missing === undefined ? undefined : node);
    if (at !== undefined) register.part(resource, "grant", at);
    if (text !== undefined) add(nth, text);
    if (missing !== undefined) hide(`policy of ${thing.address} is not known, ${missing}`);
  });
}
