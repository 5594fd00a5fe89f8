import { sortedBy } from "../../../base/index.ts";
import { isAssignedCredential } from "../../../secret-scan/index.ts";
import type { ChangeSubjectOf } from "../../../subjects/index.ts";
import type { Credential, PlacedChange } from "../../declared.ts";
import { entriesOf, placeOf, textOf, type Node, type Spot } from "../../text/node.ts";
import type { Place } from "../../text/source-text.ts";

type Pipeline = ChangeSubjectOf<"pipeline">;
type Lists =
  | "actions"
  | "handed_over"
  | "identity_asks"
  | "logged"
  | "removed_tokens"
  | "stored_keys"
  | "untrusted_code";
type Item<L extends Lists> = Omit<Pipeline[L][number], "thing">;
export type System = Pipeline["stored_keys"][number]["system"];

/** Most of one kind of thing that is told of a job. */
const MAX_THINGS = 1000;

/** What of a job may stand elsewhere, as policies need it. */
const HIDDEN_KINDS = ["pipeline_command", "pipeline_key", "pipeline_token"] as const;

type HiddenKind = (typeof HIDDEN_KINDS)[number] | "pipeline_code";

interface JobTerms {
  readonly type: Pipeline["pipeline_type"];
  readonly path: string;
  /** Within the file, e.g. `job deploy`; empty for what holds for all of it. */
  readonly what: string;
  readonly spot: Spot;
}

/** Collects what one job does with secrets, with where it does. */
export class JobDraft {
  readonly credentials: Credential[] = [];
  readonly #terms: JobTerms;
  readonly #lists: Pick<Pipeline, Lists> = {
    actions: [],
    handed_over: [],
    identity_asks: [],
    logged: [],
    removed_tokens: [],
    stored_keys: [],
    untrusted_code: [],
  };
  readonly #places = new Map<string, Place>();
  readonly #names = new Set<string>();
  readonly #hidden = new Map<HiddenKind, string[]>();
  untrustedEvents: readonly string[] = [];
  mayAskIdentity: boolean | undefined;

  constructor(terms: JobTerms) {
    this.#terms = terms;
  }

  /** Adds something that it does. `thing` names it without its line; the same twice is counted. */
  add<L extends Lists>(list: L, thing: string, spot: Spot, item: Item<L>): void {
    const items = this.#lists[list] as unknown as object[];
    if (items.length >= MAX_THINGS) return;
    const place = placeOf(spot);
    let named = `${list} ${thing}`;
    for (let nth = 2; this.#places.has(named); nth += 1) {
      const known = this.#places.get(named);
      if (known?.line === place.line && known.column === place.column) return;
      named = `${list} ${thing} ${nth}`;
    }
    this.#places.set(named, place);
    items.push({ thing: named, ...item });
  }

  get hasSecrets(): boolean {
    return this.#names.size > 0 || this.#lists.handed_over.length > 0;
  }

  names(secrets: Iterable<string>): void {
    for (const secret of secrets) this.#names.add(secret);
  }

  /** Something of what it does is not in the files. `why`: one sentence. */
  hide(why: string, kinds: readonly HiddenKind[] = HIDDEN_KINDS): void {
    for (const kind of kinds) {
      const known = this.#hidden.get(kind) ?? [];
      if (!known.includes(why)) this.#hidden.set(kind, [...known, why]);
    }
  }

  /** Literal credentials among variables. */
  literals(variables: Node | undefined, address: string): void {
    for (const [name, { value }] of entriesOf(variables)) {
      const text = textOf(value) ?? textOf(entriesOf(value).find(([key]) => key === "value")?.[1].value);
      if (text === undefined || !isAssignedCredential(name, text)) continue;
      this.credentials.push({
        rule: "pipeline-variable",
        address: `${address}.${name}`,
        place: placeOf(value),
      });
    }
  }

  #why(): Record<string, string> {
    return Object.fromEntries(
      [...this.#hidden].map(([kind, whys]) => [kind, whys.join("; ").slice(0, 1024)]),
    );
  }

  change(): PlacedChange {
    const { type, path, what, spot } = this.#terms;
    const address = what === "" ? path : `${path} ${what}`;
    return {
      format: type,
      declaration: { address, place: placeOf(spot) },
      things: new Map([...this.#places].map(([address, place]) => [address, { address, place }])),
      ...(this.#hidden.size === 0 ? {} : { why: this.#why() }),
      subject: {
        kind: "pipeline",
        id: `pipeline:${address}`.slice(0, 2048),
        name: address,
        gaps: [...this.#hidden].map(([fact_kind, { length }]) => ({
          fact_kind,
          reason: "unknown",
          gap_count: length,
        })),
        pipeline_type: type,
        untrusted_events: [...this.untrustedEvents],
        secret_names: sortedBy([...this.#names], (name) => name),
        ...this.#lists,
        ...(this.mayAskIdentity === undefined ? {} : { may_ask_identity: this.mayAskIdentity }),
      },
    };
  }
}

/** Variables by which tools of systems that know a job's identity take a kept key. */
const KEY_VARIABLES: Readonly<Record<string, System>> = {
  AWS_SECRET_ACCESS_KEY: "aws",
  ARM_CLIENT_SECRET: "azure",
  AZURE_CLIENT_SECRET: "azure",
  AZURE_CREDENTIALS: "azure",
  GOOGLE_CREDENTIALS: "gcp",
  GCP_CREDENTIALS: "gcp",
  GCP_SA_KEY: "gcp",
  GCLOUD_SERVICE_KEY: "gcp",
  GOOGLE_SERVICE_ACCOUNT_KEY: "gcp",
  VAULT_TOKEN: "vault",
  VAULT_SECRET_ID: "vault",
};

/** The system that a variable's value is a kept key of. */
export function keyVariable(name: string): System | undefined {
  return KEY_VARIABLES[name.toUpperCase().replaceAll("-", "_")];
}

/** A range of the file in which a text of a value stands; all of the value where it is written otherwise there. */
export function within(node: Spot, text: string, from = 0): Spot {
  const start = node.source.text.indexOf(text, node.start + from);
  return start < 0 || start + text.length > node.end
    ? node
    : { source: node.source, start, end: start + text.length };
}

/** A command that writes what it is given to the log. */
const WRITES = /(?:^|[;&|({]|\bthen|\bdo)[ \t]*(?:echo|printf|print|cat[ \t]*<<<|Write-Host|Write-Output)\b/;

/** Whether a line writes what stands in it to the log: not into a file, nor to another program but one that only writes it otherwise. */
export function writesToLog(line: string): boolean {
  const found = WRITES.exec(line);
  if (found === null || line.includes("::add-mask::")) return false;
  const rest = line
    .slice(found.index + found[0].length)
    .replace(/\$\{\{[^}]*\}\}|\d?>&\d|"[^"|>]*"|'[^']*'/g, "");
  const written = rest.split(/&&|;/)[0] ?? "";
  if (written.includes(">")) return false;
  return written
    .split(/\|+/)
    .slice(1)
    .every((program) =>
      /^[ \t]*(?:base64|rev|tr|sed|cut|head|tail|xxd|fold|tee[ \t]+\/dev\/stderr)\b/.test(program),
    );
}
