import type { Fact, FactKind, Gap } from "../facts/index.ts";
import type { CatalogueEntry, DerivedKind } from "../policy/index.ts";
import type { ChangeSubject } from "../subjects/index.ts";
import type { Node, Spot } from "./text/node.ts";
import type { Place } from "./text/source-text.ts";
import type { FORMAT_IDS, Notice } from "./verdict.ts";

/** The kinds of input that are read. */
export type FormatId = (typeof FORMAT_IDS)[number];

/** Whose things an input declares: by this the remedies of policies are chosen. */
export type Provider = keyof CatalogueEntry["remediation"];

/** What something is called in its file, and where it and its parts stand. */
export interface Declaration {
  /** E.g. `aws_secretsmanager_secret.db`: stable when lines move. */
  readonly address: string;
  readonly place: Place;
  /** Where what a kind of fact tells of it stands, if elsewhere. */
  readonly parts?: Partial<Readonly<Record<DerivedKind | FactKind, Place>>>;
  /** Where rules stand that give it access, by `<policy>:<line>` as policies and grants name them. */
  readonly rules?: ReadonlyMap<string, Place>;
  /** Of its places that are in the source of the file that is judged: where the same stands in that file. */
  readonly related?: ReadonlyMap<Place, Place>;
}

/** Facts as they will be, or were, and what is not known of them. */
export interface Side {
  readonly facts: readonly Fact[];
  readonly gaps: readonly Gap[];
  /** Of its gaps those over a name that is not known and a thing of which its name alone says nothing: they count where rules ask for names. */
  readonly ofNames?: ReadonlySet<Gap>;
  /** By `<kind> <id>`: facts of what nobody declares, and that stands for whatever a policy names. */
  readonly standIns?: ReadonlySet<string>;
  /** By `<kind> <id>`: facts of what others declare, judged by what the input says of it. */
  readonly strangers?: ReadonlySet<string>;
  /** What the input says of things that it does not declare, which are judged by nobody, and compared. */
  readonly elsewhere?: Side;
  /** Things that others declare, each with the policy alone that the input gives it: judged by that, and never in order. */
  readonly bare?: Side;
  /** What says who may do what, and of which it is not known of whom or of what, in a sentence each. */
  readonly unplaced?: readonly string[];
}

/** Where what an input declares of access stands. */
export interface Written {
  readonly declarations: ReadonlyMap<string, Declaration>;
  /** By fact id of policies and bindings: their text, or the tree of their statements. */
  readonly policies?: ReadonlyMap<string, Node | Spot>;
  /** By `<holder's fact id> <policy's fact id>`: what hangs the one on the other, where that is apart from both. */
  readonly attachments?: ReadonlyMap<string, Spot>;
  /** Where something of the file that is judged is written in the source of that; undefined where that is not found. */
  readonly writtenAt?: (place: Place) => Place | undefined;
}

/** What an input declares by what it presumes. */
export interface Presumed extends Pick<Declared, "after" | "changes" | "declarations"> {
  /** In a person's words, e.g. `by the defaults of var.key`. */
  readonly by: string;
}

/** What one input declares: an estate of its own, of which all else is unknown. */
export interface Declared extends Written {
  readonly format: FormatId;
  readonly provider: Provider;
  /** The file, or the directory of several. */
  readonly path: string;
  /** The source's name in facts. */
  readonly source: string;
  readonly after: Side;
  /** What was there before the change, where the input tells. */
  readonly before?: Side & Written;
  /** What holds unless somebody sets otherwise: by it something can be wrong, and nothing is right. */
  readonly presumed?: Presumed;
  /** By subject id: whatever is not here is judged elsewhere. */
  readonly declarations: ReadonlyMap<string, Declaration>;
  /** Kinds that this input tells whole of what it declares, but for what is unknown. All others are out of its reach. */
  readonly told: ReadonlySet<DerivedKind | FactKind>;
  /** Values that its reader knows to be credentials, whatever they look like. */
  readonly credentials: readonly Credential[];
  /** Texts that it holds encoded, so that no search of the file sees what is in them. */
  readonly encoded?: readonly EncodedText[];
  /** Pipelines and workloads, whose subjects need no facts. */
  readonly changes: readonly PlacedChange[];
  /** What is told beside the findings. */
  readonly notices?: readonly Notice[];
}

/** A subject that only a change has, with where it stands. */
export interface PlacedChange {
  readonly subject: ChangeSubject;
  readonly declaration: Declaration;
  readonly format: FormatId | "access" | "credential" | "guard";
  /** Whose words the remedy is in, where it has some for several. */
  readonly provider?: Provider;
  /** The format of the file in which it stands, where `format` says what found it. */
  readonly writtenIn?: FormatId;
  /** Why what is hidden of it is hidden, by the kind that policies need. */
  readonly why?: Readonly<Record<string, string>>;
  /** Its parts that policies name as the thing that they found something in, by that name. */
  readonly things?: ReadonlyMap<string, Declaration>;
}

/** A text that is encoded in a file. Credentials in it stand where it stands; never for output. */
export interface EncodedText {
  readonly place: Place;
  /** What it is the value of. */
  readonly address: string;
  /** What it is called as a file, e.g. `application.properties`. */
  readonly path: string;
  readonly text: string;
}

/** A credential that is written down where it does not belong; never its text. */
export interface Credential {
  readonly place: Place;
  /** Where it stands in the file that is judged, where `place` is in the source of that. */
  readonly related?: Place;
  /** E.g. `kubernetes-secret-data`, or a scanner's rule. */
  readonly rule: string;
  /** What it is the value of, e.g. `aws_db_instance.main.password`. */
  readonly address?: string;
  /** What it is assigned to, where no format knows its address, e.g. `DB_PASSWORD`. */
  readonly name?: string;
  /** The format of its file, where one read it. */
  readonly format?: FormatId;
  /** The commit that brought it, where it stands in history. */
  readonly commit?: string;
}
