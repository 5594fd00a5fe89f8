import type { FactOf, FactSet } from "../../facts/index.ts";
import type { FactDocuments, Sourced } from "./fact-documents.ts";
import type { GapIndex } from "./gap-index.ts";
import type { AwsWorld, Unreadable } from "./world-schema.ts";

type WorldAccount = Exclude<NonNullable<AwsWorld["accounts"]>[string], Unreadable>;

type Which = "scps" | "rcps";

const TYPES: Readonly<Record<Which, { readonly type: string; readonly is: RegExp; readonly words: string }>> =
  {
    scps: { type: "SERVICE_CONTROL_POLICY", is: /service|^scp$/i, words: "service control policies" },
    rcps: { type: "RESOURCE_CONTROL_POLICY", is: /resource|^rcp$/i, words: "resource control policies" },
  };

/** Deeper trees than AWS allows (five units below the root) are cut, and then not known. */
const MAX_DEPTH = 16;

/** An account with what its organisation says of it, and where that comes from. */
export interface InsideAccount {
  readonly id: string;
  readonly world: WorldAccount;
  readonly sources: Readonly<Record<Which, readonly (readonly Sourced[])[]>>;
}

/** Accounts, units and the policies that hang on them. */
export class Organization {
  readonly organization: FactOf<"organization"> | undefined;
  readonly #storeId: string;
  readonly #gaps: GapIndex;
  readonly #documents: FactDocuments;
  readonly #accounts = new Map<string, FactOf<"account">[]>();
  readonly #units: ReadonlyMap<string, FactOf<"organization_unit">>;
  readonly #attached = new Map<string, FactOf<"policy_attachment">[]>();

  constructor(storeId: string, facts: FactSet, gaps: GapIndex, documents: FactDocuments) {
    this.#storeId = storeId;
    this.#gaps = gaps;
    this.#documents = documents;
    const here = <T extends { store_id: string }>(all: readonly T[]) =>
      all.filter((fact) => fact.store_id === storeId);
    this.organization = here(facts.of("organization"))[0];
    for (const fact of here(facts.of("account"))) add(this.#accounts, fact.account_id, fact);
    this.#units = new Map(here(facts.of("organization_unit")).map((unit) => [unit.unit_id, unit]));
    for (const fact of here(facts.of("policy_attachment"))) {
      const which = TYPES.scps.is.test(fact.policy_type) ? "scps" : "rcps";
      add(this.#attached, `${which} ${fact.target}`, fact);
    }
  }

  /** Accounts that are known to be inside. */
  accountIds(): readonly string[] {
    return [...this.#accounts.keys()];
  }

  partitionOf(account: string): string | undefined {
    return this.#accounts.get(account)?.find(({ partition }) => partition !== undefined)?.partition;
  }

  /** An account as worlds have it. */
  account(id: string): InsideAccount {
    const scps = this.#levels(id, "scps");
    const rcps = this.#levels(id, "rcps");
    const hidden = this.organization === undefined ? this.#gaps.any("organization") : undefined;
    const organization_id =
      hidden === undefined
        ? this.organization?.organization_id
        : { unreadable: organizationText(hidden.detail) };
    return {
      id,
      world: {
        ...(organization_id === undefined ? {} : { organization_id }),
        ...(scps === undefined ? {} : { scps: scps.world }),
        ...(rcps === undefined ? {} : { rcps: rcps.world }),
      },
      sources: { scps: scps?.sources ?? [], rcps: rcps?.sources ?? [] },
    };
  }

  /** From the root down; undefined: none bind the account. */
  #levels(account: string, which: Which): Levels | undefined {
    if (this.organization === undefined) {
      const gap = this.#gaps.any("organization");
      return gap === undefined ? undefined : unreadLevels(organizationText(gap.detail));
    }
    const { feature_set, management_account_id } = this.organization;
    if (feature_set !== "ALL" || management_account_id === account) return undefined;
    const path = this.#pathTo(account);
    if (typeof path === "string") return unreadLevels(`${TYPES[which].words} of account ${account}: ${path}`);
    const root = this.#units.get(path[0] ?? "");
    const enabled = root?.enabled_policy_types;
    if (enabled !== undefined && !enabled.some((type) => TYPES[which].is.test(type))) return undefined;
    const levels = path.map((target) => this.#level(target, which));
    return {
      world: levels.map((level) => level.map(({ given }) => given)),
      sources: levels,
    };
  }

  /** Ids from the root to the account; a text says why the way is not known. */
  #pathTo(account: string): readonly string[] | string {
    const path = [account];
    let parent = this.#accounts.get(account)?.find(({ parent_id }) => parent_id !== undefined)?.parent_id;
    if (parent === undefined) return this.#gaps.why("its unit", "account", this.#id(account), this.#storeId);
    while (parent !== undefined) {
      // Ids of facts or of the provider: either names the unit.
      const id: string = parent.startsWith(this.#id("")) ? parent.slice(this.#id("").length) : parent;
      path.unshift(id);
      const unit = this.#units.get(id);
      if (unit === undefined || path.length > MAX_DEPTH)
        return this.#gaps.why(`unit ${id}`, "organization_unit", this.#id(id), this.#storeId);
      if (unit.unit_type === "unit" && unit.parent_id === undefined)
        return this.#gaps.why(`the parent of unit ${id}`, "organization_unit", this.#id(id), this.#storeId);
      parent = unit.parent_id;
    }
    return path;
  }

  #level(target: string, which: Which): readonly Sourced[] {
    const pages = this.#attached.get(`${which} ${target}`) ?? [];
    const { words, type } = TYPES[which];
    const found = pages
      .flatMap(({ policies }) => policies)
      .map((id) =>
        this.#documents.policy(
          id.startsWith(this.#id("")) ? id : this.#id(id),
          which === "scps" ? "identity" : "resource",
          words,
          this.#storeId,
        ),
      );
    const whole = pages.length > 0 && pages.filter(({ further }) => further === true).length < pages.length;
    if (whole) return found;
    const id = `${this.#id(target)}#${type}`;
    const why = this.#gaps.why(`${words} of ${target}`, "policy_attachment", id, this.#storeId);
    return [...found, { given: { unreadable: why }, id, name: words }];
  }

  #id(native: string): string {
    return `${this.#storeId}:${native}`;
  }
}

interface Levels {
  readonly world: NonNullable<WorldAccount["scps"]>;
  readonly sources: readonly (readonly Sourced[])[];
}

function unreadLevels(unreadable: string): Levels {
  return { world: { unreadable }, sources: [] };
}

/** Said once for all of an organisation: the same words for SCPs, RCPs and the organisation's id. */
function organizationText(detail: string): string {
  return `whether service or resource control policies deny it: ${detail}`;
}

function add<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
