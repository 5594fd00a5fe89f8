import { digestOf } from "../../base/index.ts";
import type { DerivedKind } from "../../policy/index.ts";
import type { ChangeSubjectOf } from "../../subjects/index.ts";
import type { FormatId, PlacedChange } from "../declared.ts";
import { placeOf, type Spot } from "../text/node.ts";

type Deployment = ChangeSubjectOf<"deployment">;

/** What a policy about what a change sets up needs. */
type DeploymentKind = Extract<DerivedKind, `deployment_${string}`>;

/** Most outputs and parameters of one template that are named. */
const MAX_NAMED = 1000;

/** What is set of one beside lists. */
type Fields = Partial<
  Pick<
    Deployment,
    "access_model" | "any_network" | "audit_logged" | "grant" | "purge_protected" | "soft_delete_days"
  >
>;

interface DeploymentTerms {
  readonly format: FormatId;
  readonly type: Deployment["deployment_type"];
  readonly address: string;
  readonly name: string;
  readonly spot: Spot;
}

/** Collects what a change sets up beside secrets and keys: a vault, a template's outputs, a stored key of an identity. */
export class DeploymentDraft {
  readonly #terms: DeploymentTerms;
  readonly #hidden = new Map<DeploymentKind, string>();
  readonly #parts: Partial<Record<string, ReturnType<typeof placeOf>>> = {};
  readonly #things = new Map<string, { address: string; place: ReturnType<typeof placeOf> }>();
  readonly #outputs: NonNullable<Deployment["outputs"]>[number][] = [];
  readonly #parameters: NonNullable<Deployment["plain_parameters"]>[number][] = [];
  #fields: Fields = {};

  constructor(terms: DeploymentTerms) {
    this.#terms = terms;
  }

  set(fields: Fields): void {
    this.#fields = { ...this.#fields, ...fields };
  }

  /** An output that tells a credential to whoever may read deployments; with `of` what a resource is given and tells whoever may read it. */
  output(
    name: string,
    how: NonNullable<Deployment["outputs"]>[number]["how"],
    spot: Spot,
    of?: string,
  ): void {
    const thing = this.#thing(of === undefined ? `output ${name}` : `${of} ${name}`, spot);
    if (thing === undefined || this.#outputs.length >= MAX_NAMED) return;
    const within = of === undefined ? {} : { of: of.slice(0, 1024) };
    this.#outputs.push({ thing, name: name.slice(0, 256), how, ...within });
  }

  /** A parameter that takes a credential and is kept in the clear. `feeds`: what takes its value. */
  plainParameter(name: string, feeds: string, spot: Spot): void {
    const thing = this.#thing(`parameter ${name}`, spot);
    if (thing === undefined || this.#parameters.length >= MAX_NAMED) return;
    this.#parameters.push({ thing, name: name.slice(0, 256), feeds: feeds.slice(0, 1024) });
  }

  /** Undefined of what was told already. */
  #thing(called: string, spot: Spot): string | undefined {
    const thing = called.slice(0, 256);
    if (this.#things.has(thing)) return undefined;
    this.#things.set(thing, { address: `${this.#terms.address} ${thing}`, place: placeOf(spot) });
    return thing;
  }

  part(kind: DeploymentKind, spot: Spot | undefined): void {
    if (spot !== undefined) this.#parts[kind] ??= placeOf(spot);
  }

  /** What is not known of it. `detail`: one sentence that names it. */
  hide(kind: DeploymentKind, detail: string): void {
    if (!this.#hidden.has(kind)) this.#hidden.set(kind, detail);
  }

  change(): PlacedChange {
    const { format, type, address, name, spot } = this.#terms;
    const hidden = [...this.#hidden].sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      format,
      declaration: { address, place: placeOf(spot), parts: this.#parts },
      things: this.#things,
      why: Object.fromEntries(hidden),
      subject: {
        kind: "deployment",
        id: `deployment:${digestOf([type, spot.source.path, address])}`,
        name: name.slice(0, 1024),
        deployment_type: type,
        gaps: hidden.map(([fact_kind]) => ({ fact_kind, gap_count: 1, reason: "unknown" })),
        ...(type === "template" ? { outputs: this.#outputs, plain_parameters: this.#parameters } : {}),
        ...this.#fields,
      },
    };
  }
}
