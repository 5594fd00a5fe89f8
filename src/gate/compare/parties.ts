import type { GrantPrincipal, GrantTarget } from "../../access/index.ts";
import type { Fact } from "../../facts/index.ts";
import { classifier, type ClassificationRules } from "../../subjects/index.ts";
import { UNKNOWN_SURROUNDINGS } from "../formats/format.ts";

/** Principals and things with what rules and labels say of them. */
export class Parties {
  readonly #labels = new Map<string, Readonly<Record<string, string>>>();
  readonly #classify: ReturnType<typeof classifier>;

  constructor(facts: readonly Fact[], rules: ClassificationRules) {
    for (const fact of facts) if ("labels" in fact) this.#labels.set(fact.id, fact.labels);
    this.#classify = classifier(rules);
  }

  tierOf({ id, kind, name, store_id }: GrantTarget) {
    const { tier, undecided } = this.#classify({
      kind,
      store_id,
      name,
      path: pathOf(id),
      labels: this.#labels.get(id) ?? {},
    });
    return undecided.includes("tier") ? undefined : tier;
  }

  /** Of one that gains or loses access to `target`. */
  principal(principal: GrantPrincipal, target: GrantTarget) {
    const { id, name, principal_type, public: isPublic, store_id } = principal;
    const { break_glass } = this.#classify({
      kind: "principal",
      store_id,
      name,
      path: pathOf(id),
      labels: this.#labels.get(id) ?? {},
    });
    const external = isOutside(principal, target);
    const outside = external === undefined ? {} : { external };
    return { id, name, principal_type, ...outside, public: isPublic, break_glass };
  }
}

/** An account or identity of AWS. */
const OF_ACCOUNT = /^arn:aws[a-z-]*:(?:iam|sts)::(\d{12}):/;

/**
 * Whether a principal is of an account of others, than that of the thing too; undefined where it names an account, and where the thing will be is
 * not known: it may be that very account.
 */
export function isOutside({ external, name }: GrantPrincipal, { id }: GrantTarget): boolean | undefined {
  const [, account] = OF_ACCOUNT.exec(name) ?? [];
  if (!external || account === undefined) return external;
  if (id.includes(`:${account}:`)) return false;
  return id.includes(`:${UNKNOWN_SURROUNDINGS.account}:`) ? undefined : true;
}

function pathOf(id: string): string {
  return id.slice(id.indexOf(":") + 1);
}
