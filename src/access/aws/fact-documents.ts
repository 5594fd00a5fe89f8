import { CountersignError } from "../../base/index.ts";
import type { FactOf, FactSet } from "../../facts/index.ts";
import type { DocumentKind } from "./document.ts";
import type { GapIndex } from "./gap-index.ts";
import { Documents } from "./world-documents.ts";
import type { Unreadable } from "./world-schema.ts";

export type Given = Readonly<Record<string, unknown>>;

/** A document as worlds have it, and where it comes from. */
export interface Sourced {
  readonly given: Given | Unreadable;
  /** Fact id. */
  readonly id: string;
  readonly name: string;
  /** Digest of the record; absent where it could not be read. */
  readonly record?: string;
}

/** The policy documents of a store's facts; each is read once, and one that does not parse is a gap. */
export class FactDocuments {
  readonly documents = new Documents();
  readonly #facts: ReadonlyMap<string, FactOf<"policy_document">>;
  readonly #resource: ReadonlyMap<string, FactOf<"resource_policy">>;
  readonly #known = new Map<string, Sourced>();
  readonly #gaps: GapIndex;

  constructor(storeId: string, facts: FactSet, gaps: GapIndex) {
    this.#gaps = gaps;
    const here = <T extends { id: string; store_id: string }>(all: readonly T[]) =>
      new Map(all.filter((fact) => fact.store_id === storeId).map((fact) => [fact.id, fact]));
    this.#facts = here(facts.of("policy_document"));
    this.#resource = here(facts.of("resource_policy"));
  }

  /** A policy of an identity, an organisation or a role's trust. */
  policy(id: string, kind: DocumentKind, what: string, scope: string): Sourced {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const fact = this.#facts.get(id);
    const made =
      fact === undefined
        ? this.#hidden(id, `${what} ${lastName(id)}`, "policy_document", scope)
        : this.#read(fact, fact.text, kind, fact.name);
    this.#known.set(id, made);
    return made;
  }

  /** A thing's own policy: `{}` where it has none. Undefined: nobody looked, and no gap says so. */
  ofResource(id: string, what: string, scope: string): Sourced | undefined {
    const own = `${id}#policy`;
    const fact = this.#resource.get(own);
    if (fact !== undefined) {
      if (fact.text === undefined) return { given: {}, id: own, name: what, record: fact.record };
      return this.#read(fact, fact.text, "resource", what);
    }
    if (this.#gaps.hiding("resource_policy", own, scope) === undefined) return undefined;
    return this.#hidden(own, `policy of ${what}`, "resource_policy", scope);
  }

  #hidden(id: string, what: string, kind: "policy_document" | "resource_policy", scope: string): Sourced {
    return { given: { unreadable: this.#gaps.why(what, kind, id, scope) }, id, name: what };
  }

  #read(fact: { id: string; record: string }, text: string, kind: DocumentKind, name: string): Sourced {
    const { id, record } = fact;
    try {
      const given = JSON.parse(text) as Given;
      this.documents.parsed(given, kind);
      return { given, id, name, record };
    } catch (thrown) {
      const unfit = thrown instanceof CountersignError && thrown.code === "E_IAM";
      if (!unfit && !(thrown instanceof SyntaxError)) throw thrown;
      return { given: { unreadable: `${name} does not parse: ${thrown.message}` }, id, name, record };
    }
  }
}

function lastName(id: string): string {
  return id.slice(Math.max(id.lastIndexOf("/"), id.lastIndexOf("#")) + 1);
}
