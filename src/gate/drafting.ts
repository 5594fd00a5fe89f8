import { sha256, type Sha256 } from "../base/index.ts";
import type { Fact, FactKind, FactOf, Gap } from "../facts/index.ts";
import type {
  Credential,
  Declaration,
  Declared,
  EncodedText,
  FormatId,
  PlacedChange,
  Provider,
  Side,
  Written,
} from "./declared.ts";
import { placeOf, type Node, type Spot } from "./text/node.ts";
import type { Notice } from "./verdict.ts";
import type { Place } from "./text/source-text.ts";
import type { DerivedKind } from "../policy/index.ts";

/** What every fact has, and the drafting fills in. */
type Filled = "kind" | "record" | "scope" | "store_id";

/** A fact without what the drafting knows. `scope` is the source's unless said. */
export type FactDraft<K extends FactKind> = Omit<FactOf<K>, Filled> & { readonly scope?: string };

/** What a file does not tell of a thing that it declares. */
export interface Hidden {
  /** Fact id of the thing, or an id prefix ending in `/` or `:`; absent: of everything in the scope. */
  readonly resource?: string;
  readonly scope?: string;
  readonly kinds: readonly FactKind[];
  /** One sentence, e.g. `kms_key_id of aws_secretsmanager_secret.db is known only after apply`. */
  readonly detail: string;
  readonly reason?: Gap["reason"];
}

/**
 * Collects what an input declares, as facts and gaps of one side. Facts are not checked against their schemas here: they are of our
 * own making, and tests check each kind.
 */
export class Drafting {
  readonly source: string;
  /** Of what the input says of things that it does not declare. */
  #apart: Drafting | undefined;
  /** Of things that others declare, each with the policy alone that the input gives it. */
  #bare: Drafting | undefined;
  readonly #unplaced = new Set<string>();
  readonly #record: Sha256;
  readonly #facts = new Map<string, Fact>();
  readonly #gaps: Gap[] = [];
  readonly #ofNames = new Set<Gap>();
  readonly #standIns = new Set<string>();
  readonly #strangers = new Set<string>();

  /** `source`: name of the source in facts and ids. `text`: of the file, whose digest stands for the record. */
  constructor(source: string, text: string) {
    this.source = source;
    this.#record = sha256(Buffer.from(text));
  }

  /** The fact id of what the provider calls `native`. */
  id(native: string): string {
    return `${this.source}:${native}`;
  }

  /** Adds a fact. Of two of a kind and id the first stays: whoever declares a thing twice is told by its own tool. */
  add<K extends FactKind>(kind: K, draft: FactDraft<K>): void {
    const key = `${kind} ${draft.id}`;
    if (this.#facts.has(key)) return;
    const fact = { scope: this.source, ...draft, kind, store_id: this.source, record: this.#record };
    this.#facts.set(key, fact as unknown as Fact);
  }

  /** Where is put what the input says of things that it does not declare: nothing is judged by it, and differences show. */
  apart(): Drafting {
    this.#apart ??= new Drafting(this.source, this.#record);
    return this.#apart;
  }

  /** Where a thing is put that others declare, to be judged by the policy alone that the input gives it. Nothing of it is compared. */
  bare(): Drafting {
    this.#bare ??= new Drafting(this.source, this.#record);
    return this.#bare;
  }

  /** What says who may do what, and of which it is not known of whom or of what. */
  unplaced(detail: string): void {
    this.#unplaced.add(detail.slice(0, 1024));
  }

  /** Adds a fact of what nobody declares: it stands for whatever a policy names. */
  standIn<K extends FactKind>(kind: K, draft: FactDraft<K>): void {
    const key = `${kind} ${draft.id}`;
    if (!this.#facts.has(key)) this.#standIns.add(key);
    this.add(kind, draft);
  }

  /** Says of a fact that others declare whom it is about, and that the input tells in part alone: it is judged by that, and compared as others'. */
  stranger(kind: FactKind, id: string): void {
    this.#strangers.add(`${kind} ${id}`);
  }

  hide({ resource, scope = this.source, kinds, detail, reason = "unknown" }: Hidden): Gap {
    const gap: Gap = {
      store_id: this.source,
      scope,
      ...(resource === undefined ? {} : { resource }),
      operation: "gate",
      reason,
      hides: [...kinds].sort(),
      detail: detail.slice(0, 1024),
    };
    this.#gaps.push(gap);
    return gap;
  }

  /** As `hide`, of a name that is not known, and by which nothing but rules of the configuration could decide. */
  hideName(hidden: Omit<Hidden, "kinds">): void {
    this.#ofNames.add(this.hide({ ...hidden, kinds: ["resource_labels"] }));
  }

  side(): Side {
    return {
      facts: [...this.#facts.values()],
      gaps: this.#gaps,
      ofNames: this.#ofNames,
      standIns: this.#standIns,
      ...(this.#strangers.size === 0 ? {} : { strangers: this.#strangers }),
      ...(this.#apart === undefined ? {} : { elsewhere: this.#apart.side() }),
      ...(this.#bare === undefined ? {} : { bare: this.#bare.side() }),
      ...(this.#unplaced.size === 0 ? {} : { unplaced: [...this.#unplaced].sort() }),
    };
  }
}

/** Collects where what is declared stands, and the credentials that are written in it. */
export class Register {
  readonly #declarations = new Map<
    string,
    Declaration & { parts: Partial<Record<DerivedKind | FactKind, Place>>; rules: Map<string, Place> }
  >();
  readonly #policies = new Map<string, Node | Spot>();
  readonly #attachments = new Map<string, Spot>();
  readonly credentials: Credential[] = [];
  /** Texts in which credentials are to be searched. */
  readonly #encoded: EncodedText[] = [];
  /** What is told beside the findings. */
  readonly notices: Notice[] = [];
  /** Subjects that need no facts. */
  readonly changes: PlacedChange[] = [];

  /** `id` is the subject's. What is declared twice stands where it stands first. */
  declare(id: string, address: string, spot: Spot): void {
    if (!this.#declarations.has(id))
      this.#declarations.set(id, { address, place: placeOf(spot), parts: {}, rules: new Map() });
  }

  /** Where what a kind of fact tells of a declared thing stands. */
  part(id: string, kind: DerivedKind | FactKind, spot: Spot): void {
    const declaration = this.#declarations.get(id);
    if (declaration !== undefined) declaration.parts[kind] ??= placeOf(spot);
  }

  /** Where a rule stands by which a declared principal has access. `name`: `<policy>:<line>`, the line being the policy's own. */
  rule(id: string, name: string, spot: Spot): void {
    this.#declarations.get(id)?.rules.set(name, placeOf(spot));
  }

  /** Where a policy or binding stands, by its fact id: its text, or the tree of its statements. The first counts. */
  policy(id: string, node: Node | Spot): void {
    if (!this.#policies.has(id)) this.#policies.set(id, node);
  }

  /** Where it stands that somebody holds a policy, both by their fact ids. */
  attachment(holder: string, policy: string, spot: Spot): void {
    const key = `${holder} ${policy}`;
    if (!this.#attachments.has(key)) this.#attachments.set(key, spot);
  }

  written(): Written {
    return {
      declarations: this.#declarations,
      policies: this.#policies,
      attachments: this.#attachments,
    };
  }

  credential(rule: string, spot: Spot, address?: string): void {
    this.credentials.push({ rule, place: placeOf(spot), ...(address === undefined ? {} : { address }) });
  }

  /** A text that is encoded there; `path`: what it is called as a file. */
  encoded(spot: Spot, address: string, { path, text }: Pick<EncodedText, "path" | "text">): void {
    this.#encoded.push({ place: placeOf(spot), address, path, text });
  }

  declared(of: DeclaredTerms): Declared {
    return {
      format: of.format,
      provider: of.provider,
      path: of.path,
      source: of.source,
      after: of.after,
      ...(of.before === undefined ? {} : { before: of.before }),
      ...this.written(),
      told: new Set(of.told),
      credentials: this.credentials,
      ...(this.#encoded.length === 0 ? {} : { encoded: this.#encoded }),
      changes: [...this.changes, ...(of.changes ?? [])].map((one) => ({ provider: of.provider, ...one })),
      ...(this.notices.length === 0 ? {} : { notices: this.notices }),
    };
  }
}

interface DeclaredTerms {
  readonly format: FormatId;
  readonly provider: Provider;
  readonly path: string;
  readonly source: string;
  readonly after: Side;
  readonly before?: Side & Written;
  readonly told: Iterable<DerivedKind | FactKind>;
  readonly changes?: readonly PlacedChange[];
}
