import { Type, closed, type Static } from "../../schema/index.ts";
import { ITEM_STATES } from "../../review/index.ts";
import { ITEM_SORTS, type ItemQuery } from "../../review/index.ts";
import { PageNumber, oneOf, partOf } from "../route.ts";

/** Query of the list of items. */
export const ItemSearch = closed({
  whose: Type.Optional(oneOf(["all", "mine"])),
  state: Type.Optional(oneOf(ITEM_STATES)),
  risk: Type.Optional(oneOf(["critical", "high", "low", "standard"])),
  tier: Type.Optional(Type.String({ maxLength: 100 })),
  store: Type.Optional(Type.String({ maxLength: 200 })),
  recommendation: Type.Optional(oneOf(["certify", "examine", "reduce", "revoke"])),
  privileged: Type.Optional(Type.Boolean()),
  unassigned: Type.Optional(Type.Boolean()),
  reviewer: Type.Optional(Type.String({ maxLength: 254 })),
  search: Type.Optional(Type.String({ maxLength: 200 })),
  sort: Type.Optional(oneOf(ITEM_SORTS)),
  page: PageNumber,
});

export type ItemSearch = Static<typeof ItemSearch>;

export interface ItemFilters {
  readonly query: ItemQuery;
  readonly page: number;
  /** Anything is filtered. */
  readonly narrowed: boolean;
  /** The query again, without the page. */
  readonly search_text: string;
}

/** What is asked of the desk. An auditor has no items of their own. */
export function filtersOf({ page, ...search }: ItemSearch, auditor: boolean): ItemFilters {
  const { whose = auditor ? "all" : "mine", sort = "risk", ...narrow } = search;
  const asked = { whose, sort, ...narrow };
  return {
    query: { ...asked, ...partOf(page) },
    page,
    narrowed: Object.keys(narrow).length > 0,
    search_text: new URLSearchParams(
      Object.entries(asked).map(([name, value]): [string, string] => [name, String(value)]),
    ).toString(),
  };
}
