import {
  escalatedReviewer,
  firstReviewer,
  secondReviewer,
  type Assigned,
  type ReviewerDirectory,
} from "./assign.ts";
import type { CampaignItem, CampaignTerms } from "../model.ts";
import { isAmong, whoOf, type Who } from "./same-person.ts";
import type { PeopleView } from "../desk/people-view.ts";
import type { ReviewSettings } from "../settings.ts";

/** In place of a person where anyone of the security role is asked. */
export const SECURITY = "role:security";

/** An item that waits for security, with that; others as they are. */
export function askedOfSecurity(found: CampaignItem): CampaignItem {
  if (found.state !== "security") return found;
  return { ...found, reviewer: SECURITY, assigned_because: "security decides after the reviewers" };
}

/** To whom an item may be handed. */
export interface Whom extends Who {
  /** Somebody who is known, still there, and no auditor, who decides on nothing. */
  readonly known: boolean;
}

/** Whom items wait for, by the configuration and the rosters. */
export class Assignment {
  readonly #directory: ReviewerDirectory;
  readonly #known: ReadonlySet<string>;
  readonly #auditors: ReadonlySet<string>;
  readonly #people: PeopleView["byEmail"];

  constructor(settings: ReviewSettings, { byEmail }: Pick<PeopleView, "byEmail">) {
    const lower = (emails: readonly string[] = []): string[] => emails.map((email) => email.toLowerCase());
    const { owners = {}, fallback, roles = {}, management } = settings;
    this.#directory = {
      owners: Object.fromEntries(Object.entries(owners).map(([owner, emails]) => [owner, lower(emails)])),
      security: lower(roles.security?.people),
      securityGroups: (roles.security?.groups ?? []).length > 0,
      fallback: lower(fallback),
      people: byEmail,
    };
    this.#known = new Set(
      [
        ...Object.values(owners).flat(),
        ...Object.values(roles).flatMap(({ people = [] }) => people),
        ...(fallback ?? []),
        ...(management ?? []),
      ].map((email) => email.toLowerCase()),
    );
    this.#auditors = new Set(lower(roles.auditor?.people));
    this.#people = byEmail;
  }

  /** A new item with who decides first. */
  first(found: CampaignItem, assign: CampaignTerms["assign"]): CampaignItem {
    return asked(found, firstReviewer(found.item, assign, this.#directory));
  }

  /** An item that waits for a second reviewer, with whom. */
  second(found: CampaignItem, assign: CampaignTerms["assign"]): CampaignItem {
    const taken = new Set(found.decisions.map(({ by }) => by));
    return asked(found, secondReviewer(found.item, assign, this.#directory, taken));
  }

  /** The item with whoever is asked where nobody answered. */
  escalated(found: CampaignItem): CampaignItem {
    const taken = new Set(found.decisions.map(({ by }) => by));
    return asked(found, escalatedReviewer(found.item, found.reviewer ?? "", this.#directory, taken));
  }

  /** Whether the settings give somebody a place. */
  names(email: string): boolean {
    return this.#known.has(email.toLowerCase());
  }

  /** Who has an address, and whether they may be asked. */
  whom(email: string): Whom {
    const who = whoOf(this.#people, email);
    const status = this.#people.get(who.who)?.status;
    const isThere = status === undefined ? this.#known.has(who.who) : status === "active";
    return { ...who, known: isThere && !isAmong(who, this.#auditors) };
  }
}

function asked(found: CampaignItem, { reviewer, because }: Assigned): CampaignItem {
  const next: { -readonly [K in keyof CampaignItem]: CampaignItem[K] } = {
    ...found,
    assigned_because: because,
  };
  delete next.reviewer;
  if (reviewer !== undefined) next.reviewer = reviewer;
  return next;
}
