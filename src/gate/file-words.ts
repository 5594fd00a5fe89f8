import type { Declared } from "./declared.ts";

/** An ARN, perhaps behind its source and with a part of it: as facts and policies call things of AWS. */
const ID = /(?:[\w-]+:)?(arn:aws[\w-]*:[^\s,;()#]+)(#[^\s,;()]*)?/g;

/**
 * A sentence in which things that an input declares are called as its file calls them. Their ids are made up where the provider makes them up,
 * and nobody finds such an account or key in their file. An id of what is not declared stays.
 */
export function inWordsOfFile(
  message: string,
  { declarations, source }: Pick<Declared, "declarations" | "source">,
): string {
  return message.replaceAll(ID, (whole, arn: string, part: string | undefined) => {
    const address = declarations.get(`${source}:${arn}`)?.address;
    return address === undefined ? whole : partOf(address, part);
  });
}

function partOf(address: string, part: string | undefined): string {
  if (part === undefined) return address;
  if (part === "#elsewhere") return `what else ${address} holds`;
  const [, name] = /^#inline\/(.+)$/.exec(part) ?? [];
  return name === undefined ? address : `${name} of ${address}`;
}
