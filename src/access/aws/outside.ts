import type { RequestContext } from "./context.ts";
import { parsePattern, Pattern, type Piece, type Range } from "./pattern.ts";
import { isUnreadable, type AwsWorld, type Outside } from "./world-schema.ts";

/** Whoever is of no account that a world tells of, stands under this one. */
export const NO_ACCOUNT = "000000000000";

/** Keys that only calls carry which a service makes for somebody (IAM User Guide, "Properties of the network", "…of the request"). */
const OF_SERVICES = ["aws:SourceAccount", "aws:SourceArn", "aws:SourceOrgID", "aws:SourceOrgPaths"];

/**
 * Keys, of those that no world tells, that every request carries which somebody signs (IAM User Guide, "AWS global condition context
 * keys", "Availability" of each).
 */
const IN_EVERY_REQUEST =
  /^aws:(?:currenttime|epochtime|principaltype|requestedregion|securetransport|useragent|userid)$/i;

/** Whatever they may be, some keys are there. */
export const CARRIED: Range = {
  may: () => true,
  presence: (key) => (IN_EVERY_REQUEST.test(key) ? "always" : "chosen"),
};

/** Filled in with what the thing's own account and organisation are, which is inside. */
const OF_THE_THING = /^\$\{aws:resource(?:account|orgid)\}$/i;

interface Inside {
  /** Of a user, role or account. */
  isId(id: string): boolean;
  isAccount(id: string): boolean;
  isOrganization(id: string): boolean;
}

/**
 * What a request of somebody outside carries (IAM User Guide, "Properties of the principal"): the account, ARN and organisation that
 * are known. Of the others it may carry what is not inside; nobody of whom nothing is known has what a policy names, since whom a
 * policy names is somebody by itself. An account need be in no organisation.
 */
export function outsideKeys(context: RequestContext, world: AwsWorld, outside: Outside): void {
  const { account, organization_id: organization, arn } = outside;
  const inside = insideOf(world);
  const isNobodys = account === undefined && organization === undefined;
  const accounts = { known: account, may: (id: string) => !isNobodys && !inside.isAccount(id) };
  const organizations = {
    known: organization,
    may: (id: string) => !isNobodys && !inside.isOrganization(id),
  };
  const state = (key: string, value: string | undefined, within: Range) => {
    if (value !== undefined) context.set(key, value);
    else context.setUnknown(key, { certainty: "conditional", why: `${key} is not known`, within });
  };
  state(
    "aws:PrincipalAccount",
    account,
    rangeOf(accounts, (written) => written, "always"),
  );
  state(
    "aws:PrincipalArn",
    arn,
    rangeOf(accounts, (written) => written.split(":")[4], "always"),
  );
  state(
    "aws:PrincipalOrgID",
    organization,
    rangeOf(organizations, (written) => written, "chosen"),
  );
  state(
    "aws:PrincipalOrgPaths",
    undefined,
    rangeOf(organizations, (written) => written.split("/")[0], "chosen"),
  );
  const ids = { known: undefined, may: (id: string) => !inside.isId(id) };
  // Of a session `<id of the role>:<session>`.
  state(
    "aws:userid",
    undefined,
    rangeOf(ids, (written) => written.split(":")[0], "always"),
  );
  context.set("aws:PrincipalIsAWSService", "false");
  context.setUnknown("aws:PrincipalType", {
    certainty: "conditional",
    why: "aws:PrincipalType is not known",
    within: CARRIED,
  });
  context.setUnknown("aws:username", { certainty: "conditional", why: "aws:username is not known" });
  context.setUnknownPrefix("aws:PrincipalTag/", { certainty: "conditional", why: "tags are not known" });
  for (const key of OF_SERVICES) context.setAbsent(key);
}

const insides = new WeakMap<AwsWorld, Inside>();

function insideOf(world: AwsWorld): Inside {
  const known = insides.get(world) ?? inside(world);
  insides.set(world, known);
  return known;
}

function inside({ accounts = {}, principals = {} }: AwsWorld): Inside {
  const ids = new Set(
    Object.values(principals).flatMap((principal) =>
      isUnreadable(principal) || principal.outside !== undefined ? [] : (principal.unique_id ?? []),
    ),
  );
  const organizations = new Set(
    Object.values(accounts).flatMap((account) =>
      isUnreadable(account) || typeof account.organization_id !== "string" ? [] : account.organization_id,
    ),
  );
  return {
    isId: (id) => ids.has(id) || Object.hasOwn(accounts, id),
    isAccount: (id) => Object.hasOwn(accounts, id),
    isOrganization: (id) => organizations.has(id),
  };
}

/** Of which accounts or organisations a request may be: of the one that is known, or of those that may be. */
interface Names {
  readonly known: string | undefined;
  readonly may: (id: string) => boolean;
}

/**
 * `nameIn`: the part of a condition's value that names one. What a wildcard or a variable stands in may be anybody's, but for what
 * is the thing's own.
 */
function rangeOf(
  { known, may }: Names,
  nameIn: (written: string) => string | undefined,
  presence: ReturnType<Range["presence"]>,
): Range {
  return {
    may: ({ written, wildcards }) => {
      if (OF_THE_THING.test(written)) return false;
      if (written.includes("${")) return true;
      const name = nameIn(written);
      if (name === undefined) return wildcards;
      if (wildcards && /[*?]/.test(name)) return known === undefined || takes(name, known);
      return known === undefined ? may(name) : name === known;
    },
    presence: () => presence,
  };
}

function takes(glob: string, text: string): boolean {
  const filled = new Pattern(globPieces(glob)).fill(() => "missing");
  return filled !== "missing" && filled.glob.matches(text);
}

function globPieces(glob: string): readonly Piece[] {
  const pieces = parsePattern(glob, { variables: false, wildcards: true });
  return typeof pieces === "string" ? [] : pieces;
}
