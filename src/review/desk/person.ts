import { compareStrings, type CountersignError } from "../../base/index.ts";
import type { ItemFilter } from "../../state/index.ts";
import { addressesOf, isAmong, type ByEmail, type Who } from "../deciding/same-person.ts";
import type { CampaignItem, PersonBehind } from "../model.ts";
import { itemOf } from "../record/records.ts";
import { mayDo, type Actor } from "../roles.ts";
import { MAX_OF_PERSON, type LoginReach, type PersonAsked, type PersonReport } from "../views.ts";
import { askedAs, notThere, type DeskState, type SeenAccess } from "./ports.ts";
import type { DeskRequests } from "./requests.ts";

/** Most items of one person that are counted. */
const MAX_COUNTED = 2000;

/** One person and their logins. */
export class DeskPerson {
  readonly #desk: DeskState;
  readonly #requests: DeskRequests;

  constructor(desk: DeskState, requests: DeskRequests) {
    this.#desk = desk;
    this.#requests = requests;
  }

  /** A reviewer learns of somebody what their own items say, and nothing of whoever is in none. E_NOT_FOUND. */
  async person(actor: Actor, id: string, asked: PersonAsked): Promise<PersonReport> {
    this.#desk.require(actor, "read_own");
    const { terms } = await this.#desk.campaign(id);
    const seen = mayDo(actor, "read_all") ? await this.#seen() : undefined;
    const rostered = seen === undefined || "why_not" in seen ? undefined : seen;
    let listed = rostered && personListed(rostered, asked);
    let items = listed === undefined ? await this.#items(actor, id, [{}], (one) => isAsked(one, asked)) : [];
    listed ??= rostered && personSince(rostered, items);
    if (rostered !== undefined && listed !== undefined) {
      const [today, { byEmail }] = [listed, rostered.people];
      const filters = searches(rostered, today);
      items = await this.#items(actor, id, filters, (one) => isSinceThen(byEmail, today, one));
    }
    const person = listed ?? items[0]?.item.principal.person;
    if (person === undefined) throw notThere("person", "who is known to you");
    return {
      person,
      campaign: { campaign_id: id, title: terms.title },
      items: items.slice(0, MAX_OF_PERSON),
      item_count: items.length,
      ...(seen === undefined ? {} : { overview: await this.#overview(actor, person, seen) }),
    };
  }

  async #seen(): Promise<SeenAccess | { readonly why_not: string }> {
    try {
      return await this.#desk.ports.access();
    } catch (thrown) {
      const { code, message } = thrown as Partial<CountersignError>;
      if (code !== "E_NOT_FOUND" && code !== "E_UNSEEN") throw thrown;
      return { why_not: message ?? code };
    }
  }

  /** Those that fit any of the filters, whose principal had such a person behind it when the campaign looked. */
  async #items(
    actor: Actor,
    campaign_id: string,
    filters: readonly Omit<ItemFilter, "campaign_id">[],
    isWanted: (person: PersonBehind) => boolean,
  ): Promise<CampaignItem[]> {
    const whose: ItemFilter = mayDo(actor, "read_all")
      ? { campaign_id }
      : { campaign_id, reviewer: askedAs(actor) };
    const found = new Map<string, CampaignItem>();
    for (const filter of filters) {
      for await (const row of this.#desk.ports.state.everyItem({ ...filter, ...whose })) {
        if (found.size >= MAX_COUNTED) break;
        const one = itemOf(row);
        const { person } = one.item.principal;
        if (person !== undefined && isWanted(person)) found.set(one.item.item_id, one);
      }
    }
    return [...found.values()].sort(
      (a, b) =>
        compareStrings(a.item.principal.name, b.item.principal.name) ||
        compareStrings(a.item.item_id, b.item.item_id),
    );
  }

  async #overview(
    actor: Actor,
    person: PersonBehind,
    seen: SeenAccess | { readonly why_not: string },
  ): Promise<NonNullable<PersonReport["overview"]>> {
    const logins = "why_not" in seen ? seen : loginsOf(seen, person);
    const names = new Set(
      [
        person.person_id,
        person.email,
        ...("why_not" in logins
          ? []
          : logins.flatMap(({ id, name }) => [id, name, id.slice(id.indexOf(":") + 1)])),
      ].flatMap((name) => name?.toLowerCase() ?? []),
    );
    const page = { offset: 0, limit: Number.MAX_SAFE_INTEGER };
    const { rows } = await this.#requests.requests(actor, page);
    const own = rows.filter(({ request }) => names.has(request.principal.toLowerCase()));
    return { logins, requests: own.slice(0, MAX_OF_PERSON), request_count: own.length };
  }
}

function personListed({ people }: SeenAccess, asked: PersonAsked): PersonBehind | undefined {
  if ("email" in asked) return people.byEmail.get(asked.email.toLowerCase());
  return [...people.byEmail.values()].find(({ person_id }) => person_id === asked.id);
}

/** Whom somebody of a campaign is today: renumbered since, they have an address of theirs. */
function personSince({ people }: SeenAccess, [first]: readonly CampaignItem[]): PersonBehind | undefined {
  const then = first?.item.principal.person;
  return then && addressesThen(then).flatMap((one) => people.byEmail.get(one) ?? [])[0];
}

/** As a campaign knew them, where nothing newer is told. */
function isAsked(then: PersonBehind, asked: PersonAsked): boolean {
  return "id" in asked
    ? then.person_id === asked.id
    : addressesThen(then).includes(asked.email.toLowerCase());
}

/**
 * Whether somebody of a campaign is this person of the rosters of today: by any address, or by number, which may be another's by now: then the
 * address is somebody else's.
 */
function isSinceThen(byEmail: ByEmail, listed: PersonBehind, then: PersonBehind): boolean {
  const addresses = addressesThen(then);
  if (isAmong(whoIs(listed), addresses)) return true;
  return then.person_id === listed.person_id && !addresses.some((one) => byEmail.has(one));
}

/** Items say one address of their person; who had another one then is found by name, or by what they log in by. */
function searches(seen: SeenAccess, listed: PersonBehind): Omit<ItemFilter, "campaign_id">[] {
  const texts = [...addressesOf(whoIs(listed)), listed.name];
  return [
    ...texts.map((text) => ({ text })),
    { principal_id: principalsOf(seen, listed).map(({ id }) => id) },
  ];
}

function whoIs({ email = "", other_emails = [] }: PersonBehind): Who {
  return { who: email.toLowerCase(), also: other_emails.map((one) => one.toLowerCase()) };
}

function addressesThen({ email, other_emails = [] }: PersonBehind): string[] {
  return [email, ...other_emails].flatMap((one) => one?.toLowerCase() ?? []);
}

function principalsOf({ model, people }: SeenAccess, { person_id }: PersonBehind) {
  return model.principals.filter(({ id }) => people.personOf(id)?.person_id === person_id);
}

function loginsOf(seen: SeenAccess, person: PersonBehind): LoginReach[] {
  const { model } = seen;
  return principalsOf(seen, person)
    .map(({ id, name, store_id, disabled }) => {
      const { readable_secret_count, writable_secret_count, administers } = model.access(id);
      return { id, name, store_id, disabled, readable_secret_count, writable_secret_count, administers };
    })
    .sort((a, b) => compareStrings(a.id, b.id));
}
