import { digestOf } from "../../../base/index.ts";
import type { DerivedKind } from "../../../policy/index.ts";
import { MAX_NAMED_PARTS, type ChangeSubjectOf } from "../../../subjects/index.ts";
import type { Declaration, FormatId, PlacedChange } from "../../declared.ts";
import { placeOf, type Spot } from "../../text/node.ts";

type Workload = ChangeSubjectOf<"workload">;

type Aspect = Workload["aspects"][number];

type ImageCredential = NonNullable<Workload["image"]>["credentials"][number];

/** What a policy about workloads needs. */
export type WorkloadKind = Extract<DerivedKind, `workload_${string}`>;

interface WorkloadTerms {
  readonly format: FormatId;
  readonly platform: Workload["platform"];
  readonly type: string;
  /** As people call it, e.g. `Deployment payments/api`. */
  readonly name: string;
  readonly namespace?: string;
  readonly spot: Spot;
}

/** Most reasons that are told of what cannot be decided. */
const MAX_DETAILS = 4;

/** Collects what a file says of one workload, with where it says so. */
export class WorkloadDraft {
  readonly #terms: WorkloadTerms;
  readonly #address: string;
  readonly #aspects = new Set<Aspect>();
  readonly #hidden = new Map<string, Set<string>>();
  readonly #parts: Partial<Record<string, ReturnType<typeof placeOf>>> = {};
  readonly #things = new Map<string, Declaration>();
  readonly #variables: string[] = [];
  readonly #credentials: ImageCredential[] = [];
  readonly #arguments: { name: string; part: string }[] = [];
  #variableCount = 0;
  #fields: Partial<Pick<Workload, "cloud_identity" | "copy" | "encryption" | "identity" | "store_login">> =
    {};

  constructor(terms: WorkloadTerms) {
    this.#terms = terms;
    this.#address = `${terms.spot.source.path} ${terms.name}`;
  }

  /** Says that the file tells of this, whatever it tells. */
  tells(aspect: Aspect): void {
    this.#aspects.add(aspect);
  }

  /** `count` variables, of whatever kind. */
  variables(count: number): void {
    this.#variableCount += count;
  }

  /** A variable that holds the value of a secret which stands elsewhere. */
  secretVariable(name: string, spot: Spot): void {
    this.#variables.push(name);
    this.part("workload_environment", spot);
  }

  imageCredential(how: ImageCredential["how"], name: string, spot: Spot): void {
    this.#credentials.push({ how, name: name.slice(0, 256), part: this.#thing(`${how} ${name}`, spot) });
  }

  buildArgument(name: string, spot: Spot): void {
    this.#arguments.push({ name: name.slice(0, 256), part: this.#thing(`argument ${name}`, spot) });
  }

  set(
    fields: Partial<Pick<Workload, "cloud_identity" | "copy" | "encryption" | "identity" | "store_login">>,
  ): void {
    this.#fields = { ...this.#fields, ...fields };
  }

  /** Where a finding of a policy that needs this stands; the first counts. */
  part(kind: WorkloadKind, spot: Spot): void {
    this.#parts[kind] ??= placeOf(spot);
  }

  /** What is not known of it: nothing of this kind passes. `detail`: one sentence that names it. */
  hide(kind: WorkloadKind, detail: string, spot?: Spot): void {
    const known = this.#hidden.get(kind);
    if (known === undefined) this.#hidden.set(kind, new Set([detail]));
    else known.add(detail);
    if (spot !== undefined) this.part(kind, spot);
  }

  change(): PlacedChange {
    const { format, platform, type, name, namespace, spot } = this.#terms;
    const sorted = [...this.#hidden].sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      format,
      declaration: { address: this.#address, place: placeOf(spot), parts: this.#parts },
      things: this.#things,
      why: Object.fromEntries(
        sorted.map(([kind, details]) => [kind, [...details].slice(0, MAX_DETAILS).join("; ")]),
      ),
      subject: {
        kind: "workload",
        id: `workload:${digestOf([platform, this.#address])}`,
        name: name.slice(0, 1024),
        platform,
        workload_type: type.slice(0, 256),
        ...(namespace === undefined ? {} : { namespace: namespace.slice(0, 256) }),
        aspects: [...this.#aspects].sort(),
        gaps: sorted.map(([fact_kind, { size }]) => ({ fact_kind, gap_count: size, reason: "unknown" })),
        ...(this.#aspects.has("environment") ? { environment: this.#environment() } : {}),
        ...(this.#aspects.has("image") ? { image: this.#image() } : {}),
        ...this.#fields,
      },
    };
  }

  #environment(): NonNullable<Workload["environment"]> {
    return {
      variable_count: this.#variableCount,
      secret_variable_count: this.#variables.length,
      secret_variables: this.#variables.slice(0, MAX_NAMED_PARTS).map((one) => one.slice(0, 256)),
    };
  }

  #image(): NonNullable<Workload["image"]> {
    return {
      credentials: this.#credentials.slice(0, MAX_NAMED_PARTS),
      credential_count: this.#credentials.length,
      arguments: this.#arguments.slice(0, MAX_NAMED_PARTS),
      argument_count: this.#arguments.length,
    };
  }

  /** A name for a part, the same as long as what it says is the same. */
  #thing(text: string, spot: Spot): string {
    const named = text.slice(0, 512);
    let part = named;
    for (let nth = 2; this.#things.has(part); nth += 1) part = `${named} ${nth}`;
    this.#things.set(part, { address: `${this.#address} ${part}`, place: placeOf(spot) });
    return part;
  }
}
