import { counted, number } from "../../base/index.ts";
import type { ReviewItem } from "../../review/index.ts";
import { type Html, html } from "../html.ts";
import { named } from "./parts.ts";

type Secrets = ReviewItem["secrets"];

/** ` of …`, with whose secrets they are; of several owners the first, and how many more there are. */
export function ofOwners({
  owner,
  owners = [],
  owner_count = owners.length,
  unowned_count = 0,
}: Secrets): Html {
  if (owner !== undefined) return html` of ${named(owner)}`;
  const [first] = owners;
  if (first === undefined) return html` whose owner is not known`;
  const more = owner_count - 1;
  return html` of
  ${named(first)}${more > 0 && ` and ${counted(more, "other owner")}`}${unowned_count > 0 && ` (${number(unowned_count)} without an owner)`}`;
}

/** All owners that the item names, one after another. */
export function everyOwner({
  owner,
  owners = [],
  owner_count = owners.length,
  unowned_count = 0,
}: Secrets): Html {
  if (owner !== undefined) return named(owner);
  if (owners.length === 0) return html`none is known`;
  const left = owner_count - owners.length;
  return html`${owners.map((one, at) => html`${at > 0 && ", "}${named(one)}`)}${
    left > 0 && `, and ${number(left)} more`
  }${unowned_count > 0 && `; ${counted(unowned_count, "secret")} without an owner`}`;
}

/** The strictest tier, and how many secrets have which where they differ. */
export function everyTier({ tier, tiers }: Secrets): string {
  const strictest = tier ?? "not known of all, so dealt with as critical";
  if (tiers === undefined) return strictest;
  const parts = Object.entries(tiers).map(([name, count]) =>
    name === "none" ? `${number(count)} without a tier` : `${number(count)} ${name}`,
  );
  return `${strictest}: ${parts.join(", ")}`;
}
