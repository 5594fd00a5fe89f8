import type { FactKind } from "../../../facts/index.ts";
import type { FormatId } from "../../declared.ts";
import type { Drafting, Register } from "../../drafting.ts";
import type { Surroundings } from "../../formats/format.ts";
import { notKnown, unknownAmong, type Thing } from "../values.ts";

export { countOf, notKnown, switchOf, tagsOf, textsIn, unknownAmong, type Attributes } from "../values.ts";

/** Kinds of AWS resources of which facts are told, whatever tool declares them. Named as Terraform's types, without `aws_`, where they differ. */
export type AwsKind =
  | "access_key"
  | "bucket"
  | "bucket_policy"
  | "bucket_public_access_block"
  | "group"
  | "group_membership"
  | "identity_policy"
  | "key"
  | "key_alias"
  | "key_grant"
  | "key_policy"
  | "managed_policy"
  | "oidc_provider"
  | "parameter"
  | "policy_attachment"
  | "role"
  | "saml_provider"
  | "secret"
  | "secret_policy"
  | "secret_rotation"
  | "secret_value"
  | "trail"
  | "user"
  | "vpc_endpoint";

/** A resource of AWS that an input declares. */
export interface AwsThing extends Thing {
  readonly kind: AwsKind;
  /** The name that the provider makes up where none is set; what it will be behind what is known of it stands as `?`. */
  readonly generated?: string;
  /** What it is called already, of one that is there. */
  readonly existing?: { readonly arn: string; readonly id?: string };
  /** It is declared elsewhere, and only named here: of it is known what it is given here, and no more. */
  readonly isElsewhere?: true;
}

/** Where what is declared will be. */
export interface AwsPlace {
  readonly account: string;
  readonly partition: string;
  readonly region: string;
}

export interface AwsTerms {
  readonly drafting: Drafting;
  readonly register: Register;
  readonly place: AwsPlace;
  readonly format: FormatId;
}

export function placeIn({ account, partition, region }: Surroundings): AwsPlace {
  return { account, partition, region };
}

/** Scope of what is in one Region. */
export function regionalScope({ drafting, place }: AwsTerms): string {
  return `${drafting.source}/${mountOf(place)}`;
}

/** Scope of what is of a whole account. */
export function accountScope({ drafting, place }: AwsTerms): string {
  return `${drafting.source}/${place.account}`;
}

export function mountOf({ account, region }: AwsPlace): string {
  return `${account}/${region}`;
}

/** Tells the store that a Region of an account is. */
export function regionalStore(terms: AwsTerms): void {
  const { drafting, place } = terms;
  drafting.add("store", {
    id: drafting.id(mountOf(place)),
    scope: regionalScope(terms),
    product: "aws",
    account: place.account,
    region: place.region,
    absent_features: ["high_availability", "listener", "login", "raw_storage", "seal_shares"],
  });
}

/** Hides kinds of a thing where one of some attributes is not known. Whether it did. */
export function hidUnknown(
  { drafting }: AwsTerms,
  thing: AwsThing,
  of: {
    readonly names: readonly string[];
    readonly scope: string;
    readonly resource: string;
    readonly kinds: readonly FactKind[];
  },
): boolean {
  const name = unknownAmong(thing, of.names);
  if (name === undefined) return false;
  const { scope, resource, kinds } = of;
  drafting.hide({ scope, resource, kinds, detail: notKnown(thing, name, thing.attributes[name]) });
  return true;
}
