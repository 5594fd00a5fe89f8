import { GRANT_ACTIONS } from "../../access/index.ts";
import { CountersignError, endOf } from "../../base/index.ts";
import { type Choice, DECISION_KINDS } from "../../review/index.ts";
import { Digest, Type, closed, type Static } from "../../schema/index.ts";
import { EXPORT_FORMATS, type ItemPage, type Seen } from "../../review/index.ts";
import { homePage } from "../pages/home.ts";
import { type Handing, handingField, itemPage, secretsPage } from "../pages/item.ts";
import { type ListShown, importedPage, itemsPage, selectedOf, signOffPage } from "../pages/items.ts";
import { isForbidden, isMendable, statusOf } from "../refusal.ts";
import {
  type Answer,
  CampaignId,
  Day,
  ItemId,
  PageNumber,
  type Route,
  type Visit,
  Version,
  Words,
  go,
  oneOf,
  partOf,
  route,
} from "../route.ts";
import { ACTS, ROLES } from "../../review/index.ts";
import { ItemSearch, filtersOf } from "./item-filters.ts";
import type { Trouble } from "../pages/parts.ts";

/** Whoever decides: an auditor does not. */
export const DECIDERS = ["admin", "compliance", "reviewer", "security"] as const;

const Campaign = closed({ campaign: CampaignId });
const Item = closed({ campaign: CampaignId, item: ItemId });

const SeenBody = { version: Version, seen_sha256: Digest };

const DecisionBody = closed({
  ...SeenBody,
  choice: oneOf(DECISION_KINDS),
  justification: Type.Optional(Words),
  until: Type.Optional(Day),
  keep_actions: Type.Optional(Type.Array(oneOf(GRANT_ACTIONS), { maxItems: GRANT_ACTIONS.length })),
  revoke_secrets: Type.Optional(Type.Array(Type.String({ maxLength: 4096 }), { maxItems: 100 })),
  more_secrets: Type.Optional(Type.String({ maxLength: 20_000 })),
});

/** An item as a box of the list sends it: id, version, digest. */
const Selected = Type.String({ pattern: "^[0-9a-f]{32}\\.[1-9]\\d{0,8}\\.[0-9a-f]{64}$" });

const BulkFields = {
  items: Type.Optional(Type.Array(Selected, { maxItems: 200 })),
  justification: Type.Optional(Words),
  until: Type.Optional(Day),
};

const BULK_KINDS = ["certify", "revoke", "time_limit"] as const;

const BulkBody = closed({ ...BulkFields, choice: oneOf(BULK_KINDS) });

/** What was filled in so far, and the ids of one person's items, which are to be ticked as well. */
const SelectBody = closed({
  ...BulkFields,
  choice: Type.Optional(oneOf(BULK_KINDS)),
  all_of: Type.String({ pattern: "^[0-9a-f]{32}(\\.[0-9a-f]{32}){0,199}$" }),
});

/** Whether it is an email that is known the desk says, so that the form comes again with what was typed. */
const HandOnBody = closed({
  ...SeenBody,
  to: Type.String({ minLength: 1, maxLength: 254 }),
  reason: Words,
});

const ImportBody = closed({ file: Type.Optional(Type.Unsafe<unknown>({})) });

/** The choice of a form; each kind takes the fields that are its own, for all stand in the form. */
export function choiceOf(body: Static<typeof BulkBody> | Static<typeof DecisionBody>): Choice {
  const { choice: kind, justification, until } = body;
  const base = { kind, ...(justification !== undefined && { justification }) };
  if (kind === "time_limit" && until !== undefined) return { ...base, until: endOf(until) ?? until };
  if (kind !== "reduce" || !("version" in body)) return base;
  const secrets = [
    ...(body.revoke_secrets ?? []),
    ...(body.more_secrets ?? "")
      .split(/\r?\n/)
      .map((line) => line.trim())
      .filter((line) => line !== ""),
  ];
  return {
    ...base,
    ...(body.keep_actions !== undefined && { keep_actions: body.keep_actions }),
    ...(secrets.length > 0 && { revoke_secrets: secrets }),
  };
}

function troubleOf(error: CountersignError, field?: string): Trouble {
  return { message: error.message, fix: error.fix, ...(field !== undefined && { field }) };
}

type OfItem = Visit<Static<typeof Item>>;

function seenOf(
  { params }: OfItem,
  { version, seen_sha256 }: { version: number; seen_sha256: string },
): Seen {
  return { item_id: params.item, version, seen_sha256 };
}

/** Does an act on an item; where it is refused for a reason that can be mended, the item again, as it is now. */
async function onItem(
  visit: OfItem,
  act: () => Promise<void>,
  done: () => Answer | Promise<Answer>,
  choice?: Choice,
): Promise<Answer> {
  try {
    await act();
  } catch (error) {
    if (!isMendable(error)) throw error;
    const view = await visit.web.desk.item(visit.actor, visit.params.campaign, visit.params.item);
    const kept = choice === undefined ? {} : { choice };
    return statusOf(error) === 409
      ? itemPage(visit, { view, conflict: true, ...kept })
      : itemPage(visit, { view, trouble: troubleOf(error, choice && "decision"), ...kept });
  }
  return done();
}

/** Gives an item to somebody else; where that is refused, the form again with the error at its field. */
async function onHanding(
  visit: OfItem,
  handing: Handing,
  act: () => Promise<void>,
  done: () => Answer,
): Promise<Answer> {
  try {
    await act();
  } catch (error) {
    if (!isMendable(error) && !isForbidden(error)) throw error;
    const view = await visit.web.desk.item(visit.actor, visit.params.campaign, visit.params.item);
    const status = statusOf(error);
    return status === 409
      ? itemPage(visit, { view, conflict: true, handing })
      : itemPage(visit, { view, trouble: troubleOf(error, handingField(view, handing)), handing, status });
  }
  return done();
}

/** The next open item of who has this one. What was done stands, whatever became of the item's page. */
async function nextOf({ web, actor, params }: OfItem): Promise<string | undefined> {
  return await web.desk.item(actor, params.campaign, params.item).then(
    (view) => view.next,
    () => undefined,
  );
}

/** Where a reviewer goes on: the next open item, or the list. */
function onwards({ params }: OfItem, next: string | undefined): string {
  const list = `/campaigns/${params.campaign}/items`;
  return next === undefined ? list : `${list}/${next}`;
}

async function listShown(
  visit: Visit<Static<typeof Campaign>, ItemSearch>,
): Promise<Pick<ListShown, "filters" | "list">> {
  const { desk } = visit.web;
  const { campaign } = visit.params;
  const filters = filtersOf(visit.query, visit.actor.roles.includes("auditor"));
  return { filters, list: withPart(await desk.items(visit.actor, campaign, filters.query)) };
}

/** The list, for who has a part in its campaign; whoever has none learns not even how it is called. */
function withPart(list: ItemPage): ItemPage {
  const { own, all } = list.campaign;
  if (own.total === 0 && all === undefined)
    throw new CountersignError("E_NOT_FOUND", "There is no such campaign for you.");
  return list;
}

async function ownList({ web, actor }: Visit, campaign: string): Promise<{ list: ItemPage }> {
  const list = await web.desk.items(actor, campaign, { whose: "mine", sort: "risk", offset: 0, limit: 1 });
  return { list: withPart(list) };
}

const LIST_ROUTES: readonly Route[] = [
  route("GET", "/", {
    action: "home.page",
    access: ROLES,
    handle: async (visit) => homePage(visit, await visit.web.desk.campaigns(visit.actor)),
  }),
  route("GET", "/campaigns/:campaign/items", {
    action: "items.list",
    access: ROLES,
    params: Campaign,
    query: ItemSearch,
    handle: async (visit) => itemsPage(visit, await listShown(visit)),
  }),
  route("POST", "/campaigns/:campaign/items", {
    action: "items.decide",
    access: DECIDERS,
    params: Campaign,
    query: ItemSearch,
    body: BulkBody,
    async handle(visit) {
      const { params, body, web, actor } = visit;
      const choice = choiceOf(body);
      const items = body.items ?? [];
      try {
        if (items.length === 0)
          throw new CountersignError("E_INPUT", "No item is selected.", {
            fix: "Tick the items that the decision is for.",
          });
        await web.desk.decideAll(actor, params.campaign, items.map(selected), choice);
      } catch (error) {
        if (!isMendable(error)) throw error;
        const shown = await listShown(visit);
        return itemsPage(
          visit,
          { ...shown, trouble: troubleOf(error), chosen: { items, choice } },
          statusOf(error),
        );
      }
      const { search_text } = filtersOf(visit.query, false);
      return go(`/campaigns/${params.campaign}/items?${search_text}`, "decided_all");
    },
  }),
  route("POST", "/campaigns/:campaign/items/select", {
    action: "items.select",
    access: DECIDERS,
    audited: false,
    params: Campaign,
    query: ItemSearch,
    body: SelectBody,
    async handle(visit) {
      const { all_of, items = [], choice: kind, ...typed } = visit.body;
      const shown = await listShown(visit);
      const also = new Set(all_of.split("."));
      const own = shown.list.rows.filter(({ item }) => also.has(item.item_id)).map(selectedOf);
      return itemsPage(visit, {
        ...shown,
        chosen: { items: [...items, ...own], choice: { ...typed, ...(kind !== undefined && { kind }) } },
      });
    },
  }),
  route("GET", "/campaigns/:campaign/sign-off", {
    action: "list.sign_off_page",
    access: DECIDERS,
    params: Campaign,
    handle: async (visit) => signOffPage(visit, await ownList(visit, visit.params.campaign)),
  }),
  route("POST", "/campaigns/:campaign/sign-off", {
    action: "list.sign_off",
    access: DECIDERS,
    params: Campaign,
    body: closed({ statement: Words }),
    async handle(visit) {
      const { campaign } = visit.params;
      try {
        await visit.web.desk.signOffOwn(visit.actor, campaign, visit.body.statement);
      } catch (error) {
        if (!isMendable(error)) throw error;
        return signOffPage(
          visit,
          { ...(await ownList(visit, campaign)), trouble: troubleOf(error) },
          statusOf(error),
        );
      }
      return go(`/campaigns/${campaign}/items`, "signed_off");
    },
  }),
  route("GET", "/campaigns/:campaign/export", {
    action: "items.export",
    access: ROLES,
    audited: true,
    params: Campaign,
    query: closed({ format: oneOf(EXPORT_FORMATS) }),
    async handle({ web, actor, params, query }) {
      return {
        kind: "file",
        keep: false,
        file: await web.desk.exportItems(actor, params.campaign, query.format),
      };
    },
  }),
  route("POST", "/campaigns/:campaign/import", {
    action: "items.import",
    access: DECIDERS,
    upload: true,
    params: Campaign,
    body: ImportBody,
    async handle({ web, actor, params, body }) {
      if (!Buffer.isBuffer(body.file) || body.file.length === 0)
        throw new CountersignError("E_INPUT", "No file came with the form.", {
          fix: "Choose the file with the decisions.",
        });
      // What it is tells by its first bytes: its name is the sender's. A workbook is a ZIP archive.
      const format = body.file.subarray(0, 2).toString("latin1") === "PK" ? "xlsx" : "csv";
      return importedPage(
        params.campaign,
        await web.desk.importDecisions(actor, params.campaign, format, body.file),
      );
    },
  }),
];

function selected(text: string): Seen {
  const [item_id = "", version = "", seen_sha256 = ""] = text.split(".");
  return { item_id, version: Number(version), seen_sha256 };
}

export const ITEM_ROUTES: readonly Route[] = [
  ...LIST_ROUTES,
  route("GET", "/campaigns/:campaign/items/:item", {
    action: "item.page",
    access: ROLES,
    params: Item,
    handle: async (visit) =>
      itemPage(visit, {
        view: await visit.web.desk.item(visit.actor, visit.params.campaign, visit.params.item),
      }),
  }),
  route("GET", "/campaigns/:campaign/items/:item/secrets", {
    action: "item.secrets",
    access: ROLES,
    params: Item,
    query: closed({ page: PageNumber }),
    async handle({ web: { desk }, actor, params, query }) {
      const view = await desk.item(actor, params.campaign, params.item);
      return secretsPage(
        view,
        query.page,
        await desk.secrets(actor, params.campaign, params.item, partOf(query.page)),
      );
    },
  }),
  route("POST", "/campaigns/:campaign/items/:item/decide", {
    action: "item.decide",
    access: DECIDERS,
    params: Item,
    body: DecisionBody,
    handle(visit) {
      const { web, actor, params, body } = visit;
      const choice = choiceOf(body);
      return onItem(
        visit,
        () => web.desk.decide(actor, params.campaign, seenOf(visit, body), choice),
        async () => go(`${onwards(visit, await nextOf(visit))}?was=${params.item}`, "decided"),
        choice,
      );
    },
  }),
  route("POST", "/campaigns/:campaign/items/:item/undo", {
    action: "item.undo",
    access: DECIDERS,
    params: Item,
    body: closed(SeenBody),
    handle(visit) {
      const { web, actor, params, body } = visit;
      return onItem(
        visit,
        () => web.desk.undo(actor, params.campaign, seenOf(visit, body)),
        () => go(`/campaigns/${params.campaign}/items/${params.item}`, "undone"),
      );
    },
  }),
  route("POST", "/campaigns/:campaign/items/:item/hand-on", {
    action: "item.hand_on",
    access: DECIDERS,
    params: Item,
    body: HandOnBody,
    async handle(visit) {
      const { web, actor, params, body } = visit;
      // Afterwards the item is another's, who alone may see it.
      const next = await nextOf(visit);
      return await onHanding(
        visit,
        { act: "hand_on", to: body.to, reason: body.reason },
        () =>
          web.desk.handOn(actor, params.campaign, seenOf(visit, body), body.to.toLowerCase(), body.reason),
        () => go(onwards(visit, next), "handed_on"),
      );
    },
  }),
  route("POST", "/campaigns/:campaign/items/:item/reassign", {
    action: "item.reassign",
    access: ACTS.reassign,
    params: Item,
    body: HandOnBody,
    handle(visit) {
      const { web, actor, params, body } = visit;
      return onHanding(
        visit,
        { act: "reassign", to: body.to, reason: body.reason },
        () =>
          web.desk.reassign(actor, params.campaign, seenOf(visit, body), body.to.toLowerCase(), body.reason),
        () => go(`/campaigns/${params.campaign}/items/${params.item}`, "reassigned"),
      );
    },
  }),
];
