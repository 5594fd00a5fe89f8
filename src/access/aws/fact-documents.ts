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
  /** Digests of the records; none where it could not be read. */
  readonly records?: readonly string[];
}

/** The policy documents of a store's facts; each is read once, and one that does not parse is a gap. */
export class FactDocuments {
  readonly documents = new Documents();
  readonly #facts: ReadonlyMap<string, FactOf<"policy_document">>;
  /** By the thing's id; some things have several. */
  readonly #resource: ReadonlyMap<string, readonly FactOf<"resource_policy">[]>;
  readonly #known = new Map<string, Sourced>();
  readonly #gaps: GapIndex;

  constructor(storeId: string, facts: FactSet, gaps: GapIndex) {
    this.#gaps = gaps;
    const here = <T extends { store_id: string }>(all: readonly T[]) =>
      all.filter((fact) => fact.store_id === storeId);
    this.#facts = new Map(here(facts.of("policy_document")).map((fact) => [fact.id, fact]));
    this.#resource = Map.groupBy(here(facts.of("resource_policy")), ({ resource }) => resource);
  }

  /** A policy of an identity, an organisation or a role's trust. */
  policy(id: string, kind: DocumentKind, what: string, scope: string): Sourced {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const fact = this.#facts.get(id);
    const made =
      fact === undefined
        ? this.#hidden(id, `${what} ${lastName(id)}`, "policy_document", scope)
        : this.#read([fact.text], { kind, id, name: fact.name, records: [fact.record] });
    this.#known.set(id, made);
    return made;
  }

  /**
   * A thing's own policy: `{}` where it has none, all of them as one where it has several. Undefined: nobody looked, and no gap says
   * so. Where one of several is hidden, such as those of a later page, it may deny what the others allow.
   */
  ofResource(id: string, what: string, scope: string): Sourced | undefined {
    const own = `${id}#policy`;
    const facts = this.#resource.get(id) ?? [];
    const gap =
      facts.length === 0
        ? this.#gaps.hiding("resource_policy", own, scope)
        : this.#gaps.ofThing("resource_policy", own);
    if (gap !== undefined) return this.#hidden(own, `policy of ${what}`, "resource_policy", scope);
    if (facts.length === 0) return undefined;
    const texts = facts.flatMap(({ text }) => text ?? []);
    const records = facts.map(({ record }) => record);
    if (texts.length === 0) return { given: {}, id: own, name: what, records };
    return this.#read(texts, { kind: "resource", id: own, name: what, records });
  }

  #hidden(id: string, what: string, kind: "policy_document" | "resource_policy", scope: string): Sourced {
    return { given: { unreadable: this.#gaps.why(what, kind, id, scope) }, id, name: what };
  }

  #read(texts: readonly string[], of: Named & { readonly kind: DocumentKind }): Sourced {
    const { kind, id, name, records } = of;
    try {
      const each = texts.map((text) => JSON.parse(text) as Given);
      for (const given of each) this.documents.parsed(given, kind);
      const [only] = each;
      const given = only !== undefined && each.length === 1 ? only : united(each);
      this.documents.parsed(given, kind);
      return { given, id, name, records };
    } catch (thrown) {
      const unfit = thrown instanceof CountersignError && thrown.code === "E_IAM";
      if (!unfit && !(thrown instanceof SyntaxError)) throw thrown;
      return { given: { unreadable: `${name} does not parse: ${thrown.message}` }, id, name, records };
    }
  }
}

type Named = Required<Pick<Sourced, "id" | "name" | "records">>;

const CURRENT_VERSION = "2012-10-17";

/** Documents that hold together as one with all of their statements. */
function united(documents: readonly Given[]): Given {
  return { Version: CURRENT_VERSION, Statement: documents.flatMap(statementsOf) };
}

/** Only the current version of the language has variables: in an older text their signs stand for themselves. */
function statementsOf({ Version: version, Statement: statement }: Given): unknown[] {
  const list: unknown[] = Array.isArray(statement) ? statement : [statement];
  if (version === CURRENT_VERSION) return list;
  return JSON.parse(JSON.stringify(list).replaceAll("${", "${$}{")) as unknown[];
}

function lastName(id: string): string {
  return id.slice(Math.max(id.lastIndexOf("/"), id.lastIndexOf("#")) + 1);
}
