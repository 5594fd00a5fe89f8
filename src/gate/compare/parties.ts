import type { GrantPrincipal, GrantTarget } from "../../access/index.ts";
import type { Fact } from "../../facts/index.ts";
import { classifier, type ClassificationRules } from "../../subjects/index.ts";

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

  principal({ id, name, principal_type, external, public: isPublic, store_id }: GrantPrincipal) {
    const { break_glass } = this.#classify({
      kind: "principal",
      store_id,
      name,
      path: pathOf(id),
      labels: this.#labels.get(id) ?? {},
    });
    return { id, name, principal_type, external, public: isPublic, break_glass };
  }
}

function pathOf(id: string): string {
  return id.slice(id.indexOf(":") + 1);
}
