import { Decisions } from "./decisions.ts";
import { EVERYTHING } from "./escalation-ways.ts";
import type { EstateIndex } from "./estate-index.ts";
import { isUnreadable, type AwsWorld } from "./world-schema.ts";
import { WorldJudge, type OwnKey } from "./world.ts";

/** What somebody has brought about before it asks. */
export interface Brought {
  /** It has given itself every permission. */
  readonly everything: boolean;
  /** It has taken its permission boundary off. */
  readonly unbound?: true;
  /** It is a role or user of this ARN that somebody has made, with tags of its maker's. No other is there then. */
  readonly made?: string;
  /** It has let itself use customers' keys, by this. */
  readonly key?: OwnKey;
}

/** Decisions about the same things in worlds that somebody has changed; each world is made once. */
export class OtherWorlds {
  readonly #index: EstateIndex;
  readonly #known = new Map<string, Decisions>();

  /** `plain`: where nobody has changed anything. */
  constructor(index: EstateIndex, plain: Decisions) {
    this.#index = index;
    this.#known.set(nameOf({ everything: false }), plain);
  }

  with(brought: Brought): Decisions {
    const known = this.#known.get(nameOf(brought));
    if (known !== undefined) return known;
    const { documents } = this.#index.estate.documents;
    const judge = new WorldJudge(this.worldOf(brought), documents, brought.key);
    const made = new Decisions(this.#index, judge);
    this.#known.set(nameOf(brought), made);
    return made;
  }

  worldOf({ made, unbound: isUnbound, everything }: Brought): AwsWorld {
    const { world } = this.#index.estate;
    const principals = made === undefined ? world.principals : { [made]: { tags: TAGS_OF_NEW } };
    const there = { ...world, ...(principals === undefined ? {} : { principals }) };
    const free = isUnbound === true ? unbound(there) : there;
    return everything ? withEverything(free) : free;
  }

  /** Where one principal has more policies. No other is in it. */
  withPolicies(arn: string, more: readonly Json[]): Decisions {
    const { world, documents } = this.#index.estate;
    const principal = world.principals?.[arn];
    const principals = principal === undefined ? {} : { [arn]: withMore(principal, more) };
    return new Decisions(this.#index, new WorldJudge({ ...world, principals }, documents.documents));
  }

  /** Where one principal has these policies alone, and what its own deny. No other is in it. */
  withNothingBut(arn: string, policies: readonly Json[]): Decisions {
    const { world, documents } = this.#index.estate;
    const principal = world.principals?.[arn];
    const principals = principal === undefined ? {} : { [arn]: withMore(denyingOnly(principal), policies) };
    return new Decisions(this.#index, new WorldJudge({ ...world, principals }, documents.documents));
  }
}

type Json = Readonly<Record<string, unknown>>;

type Principal = NonNullable<AwsWorld["principals"]>[string];

const TAGS_OF_NEW = { unreadable: "the tags of a role or user that is still to be made are its maker's" };

function nameOf({ everything, unbound: isUnbound, made, key }: Brought): string {
  return `${everything} ${isUnbound ?? false} ${made ?? ""} ${key ?? ""}`;
}

function unbound(world: AwsWorld): AwsWorld {
  const free = (principal: Principal): Principal =>
    isUnreadable(principal) ? principal : { ...principal, permission_boundaries: [] };
  const principals = Object.entries(world.principals ?? {}).map(
    ([arn, principal]) => [arn, free(principal)] as const,
  );
  return { ...world, principals: Object.fromEntries(principals) };
}

function withEverything(world: AwsWorld): AwsWorld {
  const principals = Object.entries(world.principals ?? {}).map(
    ([arn, principal]) => [arn, withMore(principal, [EVERYTHING])] as const,
  );
  return { ...world, principals: Object.fromEntries(principals) };
}

function withMore(principal: Principal, more: readonly Json[]): Principal {
  if (isUnreadable(principal)) return principal;
  const given = principal.identity_policies ?? [];
  return { ...principal, identity_policies: isUnreadable(given) ? [given, ...more] : [...given, ...more] };
}

function denyingOnly(principal: Principal): Principal {
  if (isUnreadable(principal)) return principal;
  const given = principal.identity_policies ?? [];
  if (isUnreadable(given)) return principal;
  return { ...principal, identity_policies: given.map((one) => (isUnreadable(one) ? one : denialsOf(one))) };
}

function denialsOf(policy: Json): Json {
  const { Statement: statements } = policy;
  const list: unknown[] = Array.isArray(statements) ? statements : [statements];
  return { ...policy, Statement: list.filter((one) => (one as Json)["Effect"] === "Deny") };
}
