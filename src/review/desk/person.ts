import { compareStrings, type CountersignError } from "../../base/index.ts";
import type { ItemFilter } from "../../state/index.ts";
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
    const listed = seen === undefined || "why_not" in seen ? undefined : personListed(seen, asked);
    const items = await this.#items(actor, id, asked, listed);
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

  /** Those whose principal had this person behind it when the campaign looked. */
  async #items(
    actor: Actor,
    campaign_id: string,
    asked: PersonAsked,
    listed: PersonBehind | undefined,
  ): Promise<CampaignItem[]> {
    const whose: ItemFilter = mayDo(actor, "read_all")
      ? { campaign_id }
      : { campaign_id, reviewer: askedAs(actor) };
    // Each item is found by its person's address; whoever has none is looked for among all.
    const text = listed === undefined ? ("email" in asked ? asked.email : undefined) : listed.email;
    const found: CampaignItem[] = [];
    const wanted = listed === undefined ? asked : { id: listed.person_id };
    const filter = text === undefined ? whose : { ...whose, text };
    for await (const row of this.#desk.ports.state.everyItem(filter)) {
      const one = itemOf(row);
      if (isAsked(one.item.principal.person, wanted)) found.push(one);
      if (found.length >= MAX_COUNTED) break;
    }
    return found.sort(
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

function isAsked(person: PersonBehind | undefined, asked: PersonAsked): boolean {
  if (person === undefined) return false;
  return "id" in asked
    ? person.person_id === asked.id
    : person.email?.toLowerCase() === asked.email.toLowerCase();
}

function loginsOf({ model, people }: SeenAccess, { person_id }: PersonBehind): LoginReach[] {
  return model.principals
    .filter(({ id }) => people.personOf(id)?.person_id === person_id)
    .map(({ id, name, store_id, disabled }) => {
      const { readable_secret_count, writable_secret_count, administers } = model.access(id);
      return { id, name, store_id, disabled, readable_secret_count, writable_secret_count, administers };
    })
    .sort((a, b) => compareStrings(a.id, b.id));
}
