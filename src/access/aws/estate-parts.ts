import { parseArn } from "./arn.ts";
import type { FactDocuments, Sourced } from "./fact-documents.ts";
import type { GapIndex } from "./gap-index.ts";
import type { InsideAccount } from "./organization.ts";
import type { AwsResource, Unreadable } from "./world-schema.ts";

/** A group of users, which some may join. */
export interface AwsGroup {
  readonly id: string;
  readonly arn: string;
  readonly account: string;
  readonly policies: readonly Sourced[];
}

/** A thing as worlds have it, with where its policy and grants come from. */
export interface SourcedResource {
  readonly resource: AwsResource | Unreadable;
  readonly policy?: Sourced;
  /** In the order of `grants`. */
  readonly grants?: readonly Sourced[];
  readonly records: readonly string[];
}

/** What all that is read of identities needs. */
export interface EstateSetting {
  readonly storeId: string;
  readonly gaps: GapIndex;
  readonly documents: FactDocuments;
  readonly accounts: ReadonlyMap<string, InsideAccount>;
  readonly partitionOf: (account: string) => string;
}

/** ARN of a fact; undefined where its id is none. */
export function arnOf(storeId: string, id: string): string | undefined {
  const arn = id.startsWith(`${storeId}:`) ? id.slice(storeId.length + 1) : id;
  return parseArn(arn) === undefined ? undefined : arn;
}

export function recordsOf(...sources: readonly (Sourced | undefined)[]): string[] {
  return sources.flatMap((source) => source?.records ?? []);
}
