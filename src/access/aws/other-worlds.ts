import { Decisions } from "./decisions.ts";
import { EVERYTHING } from "./escalation-ways.ts";
import type { EstateIndex } from "./estate-index.ts";
import { isUnreadable, type AwsWorld } from "./world-schema.ts";
import { WorldJudge, type OwnKey } from "./world.ts";

/** What somebody has brought about before it asks. */
export interface Brought {
  /** It has given itself every permission. */
  readonly everything: boolean;
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
    const { world, documents } = this.#index.estate;
    const given = brought.everything ? withEverything(world) : world;
    const judge = new WorldJudge(given, documents.documents, brought.key);
    const made = new Decisions(this.#index, judge);
    this.#known.set(nameOf(brought), made);
    return made;
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

function nameOf({ everything, key }: Brought): string {
  return `${everything} ${key ?? ""}`;
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
