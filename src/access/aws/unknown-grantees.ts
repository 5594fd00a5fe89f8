import { digestOf } from "../../base/index.ts";
import { EVERYTHING } from "./escalation-ways.ts";
import type { EstateSetting, SourcedResource } from "./estate-parts.ts";
import type { Holder } from "./holders.ts";
import { NO_ACCOUNT } from "./outside.ts";
import { unknownGrantees } from "./resource-documents.ts";
import type { AwsWorld } from "./world-schema.ts";

/**
 * Whoever a grant of a key names by a text that is no principal as AWS writes them: a stranger by that text, of whom nothing is known,
 * so that all it may do is only possible. Whoever was read may be meant as well.
 */
export function unknownGranteesIn(
  resources: ReadonlyMap<string, SourcedResource>,
  { storeId, partitionOf }: Pick<EstateSetting, "partitionOf" | "storeId">,
): { readonly holders: readonly Holder[]; readonly principals: NonNullable<AwsWorld["principals"]> } {
  const texts = [...new Set([...resources.values()].flatMap(unknownGrantees))];
  const holders = texts.map((text): Holder => ({
    principal: {
      id: `${storeId}:${text}`,
      store_id: storeId,
      principal_type: "aws_account",
      name: text,
      public: false,
      external: true,
      disabled: false,
      collector: false,
    },
    asks: `arn:${partitionOf(NO_ACCOUNT)}:iam::${NO_ACCOUNT}:role/grantee-${digestOf(text).slice(-16)}`,
    account: NO_ACCOUNT,
    policies: [],
    groups: [],
    doubt: `who ${JSON.stringify(text)} is, which a grant of a key names, is not known`,
    records: [],
  }));
  return {
    holders,
    principals: Object.fromEntries(
      holders.map(({ asks }) => [asks as string, { identity_policies: [EVERYTHING], outside: {} }]),
    ),
  };
}
