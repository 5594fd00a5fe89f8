import type { FactKind, Gap } from "../facts/index.ts";
import type {
  Blindness,
  Grant,
  GrantAction,
  GrantPrincipal,
  GrantStats,
  GrantTarget,
  PrincipalAccess,
  ReaderSummary,
} from "./grant.ts";

/** Fact kinds that grants are derived from: what hides one of them makes access uncertain or incomplete. */
export const GRANT_DERIVED_FROM: readonly FactKind[] = [
  "account",
  "auth_method",
  "auth_role",
  "auth_role_alias",
  "group",
  "key_alias",
  "key_grant",
  "key_slot",
  "mount",
  "namespace",
  "organization",
  "organization_unit",
  "policy_attachment",
  "policy_document",
  "principal",
  "resource_labels",
  "resource_policy",
  "secret",
  "store",
  "token",
];

/**
 * Kinds that say who may use the one thing that they are about: hidden of another thing they change nothing for this one. The
 * population of things is such a kind as well.
 */
export const OF_ONE_THING: readonly FactKind[] = [
  "key_grant",
  "resource_labels",
  "resource_policy",
  "secret",
  "store",
];

/** An account's root user: it is there, and may what it may, whatever could be read of its keys and devices. */
const ROOT_USER = /^[^:]*:arn:[^:]*:iam::[0-9]{12}:root$/;

/** Services of clouds whose things grants are told of, as ARNs name them. */
const WITH_GRANTS = new Set(["kms", "secretsmanager", "ssm"]);

/**
 * Whether a gap hides something that grants come from. In a cloud what only one thing is hidden of counts where grants are told of such
 * things: a certificate's tags or a bucket's policy let nobody at a secret. A gap in what is told of a root user hides none.
 */
export function hidesGrants(
  { resource = "", hides }: Pick<Gap, "resource" | "hides">,
  cloud: boolean,
): boolean {
  if (cloud && ROOT_USER.test(resource)) return false;
  const decisive = hides.filter((kind) => GRANT_DERIVED_FROM.includes(kind));
  if (decisive.length === 0) return false;
  const service = !cloud ? undefined : /^[^:]*:arn:[^:]*:([^:]*):/.exec(resource)?.[1];
  const elsewhere = service !== undefined && !WITH_GRANTS.has(service);
  return !elsewhere || decisive.some((kind) => !OF_ONE_THING.includes(kind));
}

/** Kinds without which there may be principals that nobody knows of. */
export const POPULATION_KINDS: readonly FactKind[] = [
  "account",
  "auth_method",
  "auth_role",
  "group",
  "key_slot",
  "namespace",
  "principal",
  "store",
  "token",
];

/** Kinds without which there may be things that nobody knows of. */
export const TARGET_KINDS: readonly FactKind[] = [
  "certificate_role",
  "dynamic_role",
  "key",
  "mount",
  "namespace",
  "secret",
  "store",
];

export const NOBODY: ReadonlySet<string> = new Set();

/** A grant with the things that it reaches, in id order. */
export interface Reached {
  readonly grant: Grant;
  readonly targets: () => readonly GrantTarget[];
}

/** Effective access within one store, by whatever decides there. All lists are in id order, grants in principal order. */
export interface StoreAccess {
  readonly principals: readonly GrantPrincipal[];
  readonly targets: readonly GrantTarget[];
  readonly blindness: readonly Blindness[];
  readonly stats: GrantStats;
  /** All actions unless one is named. */
  reaching(targetId: string, action?: GrantAction): readonly Reached[];
  reachedBy(principalId: string): readonly Reached[];
  path(principalId: string, targetId: string): readonly Reached[];
  readers(targetId: string, apart?: ReadonlySet<string>): ReaderSummary;
  access(principalId: string): PrincipalAccess;
  mayReach(principalId: string, base: string): boolean;
}

export const NO_STATS: GrantStats = {
  principals: 0,
  targets: 0,
  principal_classes: 0,
  session_classes: 0,
  target_classes: 0,
  class_grants: 0,
};

/** Of a thing that is in no store here. */
export const NO_READERS: ReaderSummary = {
  count: 0,
  by_role_count: 0,
  possible_count: 0,
  external: 0,
  public: 0,
  sample: [],
  writer_count: 0,
  reader_and_granter_count: 0,
  perhaps_reader_and_granter_count: 0,
  apart_count: 0,
  perhaps_count: 0,
};

/** Of somebody who is in no store here. */
export const NO_ACCESS: PrincipalAccess = {
  readable_secret_count: 0,
  own_readable_secret_count: 0,
  writable_secret_count: 0,
  usable_count: 0,
  administers: false,
  administers_itself: false,
  impersonated_count: 0,
  perhaps_administers: false,
  reads_and_administers: false,
  perhaps_reads_and_administers: false,
  sudo_rules: [],
  sudo_rule_count: 0,
  wildcard_rules: [],
  wildcard_rule_count: 0,
  perhaps_wildcard: false,
  certainty: "certain",
};
