import { starGlob } from "../access/index.ts";
import type { Instant } from "../base/index.ts";
import type { FactSet } from "../facts/index.ts";
import {
  DEFAULT_PEOPLE_RULES,
  candidatesOf,
  reconcilePeople,
  type Candidate,
  type Link,
  type Reconciliation,
} from "../people/index.ts";
import type { EffectiveAccess } from "./access-view.ts";
import type { ClassificationRules } from "./classification.ts";
import { present, subjectContext, type SubjectContext } from "./context.ts";
import type { ESTATE_PEOPLE } from "./people-schema.ts";
import { RequestNames } from "./request-names.ts";
import { RequestView } from "./requests.ts";
import type { Trait } from "./schema-parts.ts";
import type { SubjectOf } from "./schema.ts";

type Principal = SubjectOf<"principal">;

type EstatePeople = Pick<SubjectOf<"estate">, keyof typeof ESTATE_PEOPLE>;

/** What people and requests tell of one principal. */
interface Told {
  readonly traits: readonly Trait[];
  readonly records: readonly string[];
  readonly fields: Pick<Principal, "person" | "requests">;
}

interface Described {
  readonly id: string;
  readonly name: string;
  readonly principal_type?: string;
}

/** What people log in as, where no fact says how. */
const OF_PEOPLE: ReadonlySet<string> = new Set(["auth_user", "entity", "iam_user"]);

const HOUR_MS = 3_600_000;

/** Most contradictions of one person that a document names. */
const MAX_CONTRADICTIONS = 8;

/** Rosters and registers, joined to the principals that they are about. Nothing is made where none was read. */
export class PeopleView {
  readonly #context: SubjectContext;
  readonly #rostered: boolean;
  readonly #candidates: ReadonlyMap<string, Candidate>;
  readonly #found: Reconciliation;
  readonly #ambiguous: ReadonlySet<string>;
  readonly #movesTold: ReadonlySet<string>;
  readonly #requests: RequestView;

  constructor(context: SubjectContext, access: EffectiveAccess) {
    const { facts, rules, takenAt } = context;
    this.#context = context;
    this.#rostered = facts.of("person").length > 0;
    const isAsked = this.#rostered || facts.of("access_request").length > 0;
    const candidates = isAsked ? candidatesOf(facts) : [];
    this.#candidates = new Map(candidates.map((one) => [one.id, one]));
    this.#found = reconciliation(facts, candidates, rules, takenAt);
    this.#ambiguous = new Set(this.#found.ambiguous.map(({ principal_id }) => principal_id));
    this.#movesTold = new Set(
      facts
        .of("roster")
        .filter(({ columns }) => columns.includes("moved_at"))
        .map(({ id }) => id),
    );
    this.#requests = new RequestView({ facts, access, takenAt, names: new RequestNames(facts, this.#found) });
  }

  /** `isJudgedElsewhere`: whoever comes in by it is another principal, which answers for it. */
  ofPrincipal(principal: Described, isJudgedElsewhere: boolean): Told {
    const { id } = principal;
    const link = this.#found.links.get(id);
    const candidate = this.#candidates.get(id);
    const isAmbiguous = this.#ambiguous.has(id);
    const isExpected =
      link !== undefined ||
      isAmbiguous ||
      (candidate?.may_be_person ?? OF_PEOPLE.has(principal.principal_type ?? ""));
    const requests = this.#requests.ofPrincipal({
      ...principal,
      matchedCertain: !isAmbiguous,
    });
    return {
      traits: [
        ...(this.#rostered ? (["people_rostered"] as const) : []),
        ...(this.#rostered && isExpected && !isJudgedElsewhere ? (["person_expected"] as const) : []),
        ...(this.#requests.registered ? (["requests_registered"] as const) : []),
      ],
      records: [...(link?.person.records ?? []), ...(requests?.records ?? [])],
      fields: present({
        person: link === undefined ? undefined : this.#personOf(link),
        requests: requests?.fields,
      }),
    };
  }

  ofEstate(): EstatePeople {
    const { facts, ageDays } = this.#context;
    const rosters = facts.of("roster").filter(({ roster_kind }) => roster_kind === "hr");
    const ages = rosters.map(({ as_of }) => ageDays(as_of));
    const known = ages.filter((days) => days !== undefined);
    const isKnown = ages.length > 0 && known.length === ages.length;
    return {
      hr_person_count: facts.of("person").filter(({ roster_kind }) => roster_kind === "hr").length,
      ...present({ hr_roster_age_days: isKnown ? Math.max(...known) : undefined }),
      ...this.#requests.ofEstate(),
    };
  }

  #personOf({ person, rule }: Link): NonNullable<Principal["person"]> {
    const { ageDays, takenAt } = this.#context;
    const { person_id, email, title, manager_email, status, status_from, status_certain, third_party } =
      person;
    const roster = person.id.slice(0, person.id.lastIndexOf(`/${person_id}`));
    const ended = person.terminated_at;
    const hours = ended === undefined ? -1 : Math.floor((Date.parse(takenAt) - Date.parse(ended)) / HOUR_MS);
    return {
      person_id,
      ...present({ email, title, manager_email }),
      status,
      status_from,
      status_certain,
      third_party,
      contradictions: person.contradictions.slice(0, MAX_CONTRADICTIONS),
      moves_told: this.#movesTold.has(roster),
      ...present({
        terminated_hours: hours < 0 ? undefined : hours,
        moved_age_days: ageDays(person.moved_at),
        roster_age_days: ageDays(person.as_of),
      }),
      rule,
    };
  }
}

/** People and principals that are theirs, by what facts tell alone. */
export function reconciliation(
  facts: FactSet,
  principals: readonly Candidate[],
  { people: rules = DEFAULT_PEOPLE_RULES }: Pick<ClassificationRules, "people">,
  at: Instant,
): Reconciliation {
  return reconcilePeople({
    persons: facts.of("person"),
    rosters: facts.of("roster"),
    principals,
    rules,
    at,
    pattern: starGlob,
  });
}

/** People and principals of a snapshot, with the owners that labels and rules give. */
export function reconciledPeople(
  facts: FactSet,
  access: EffectiveAccess,
  rules: ClassificationRules,
  takenAt: Instant,
): Reconciliation {
  const { classify } = subjectContext(facts, access, rules, takenAt);
  const owned = candidatesOf(facts).map((candidate) => {
    const { id, name, labels } = candidate;
    const store_id = id.slice(0, id.indexOf(":"));
    return {
      ...candidate,
      ...present({ owner: classify({ kind: "principal", id, store_id, name, labels }).owner }),
    };
  });
  return reconciliation(facts, owned, rules, takenAt);
}
