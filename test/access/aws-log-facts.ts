import type { FactOf } from "../../src/facts/index.ts";
import { daysAgo } from "../subjects/facts.ts";
import { REGION, STORE, type AwsFacts } from "./aws-facts.ts";

/** The log of one account's Region: whole, current, with reads and names, where nothing else is said. */
export function logSpan(facts: AwsFacts, account: string, own: Partial<FactOf<"log_span">> = {}): void {
  const span = {
    account,
    region: REGION,
    from_at: daysAgo(200),
    to_at: daysAgo(1),
    event_count: 900,
    read_count: 30,
    unattributed_read_count: 0,
    unnamed_read_count: 0,
    holes: [],
    hole_count: 0,
    whole_from_at: daysAgo(200),
    whole_read_count: 30,
    ...own,
  };
  facts.add("log_span", `${STORE}:${account}/${REGION}#log`, span, `${STORE}/${account}/${REGION}`);
}

/** Three reads; nobody's where no principal is said. */
export function usage(facts: AwsFacts, principalKey: string | undefined, secretKey: string): void {
  const told = {
    ...(principalKey === undefined ? {} : { principal_key: principalKey }),
    secret_key: secretKey,
    read_count: 3,
    denied_count: 0,
    first_read_at: daysAgo(100),
    last_read_at: daysAgo(2),
    versions: [],
    unlisted_version_count: 0,
    unversioned_read_count: 3,
    days: {},
  };
  facts.add("usage", `${STORE}:usage#${principalKey ?? ""} ${secretKey}`, told, STORE);
}
