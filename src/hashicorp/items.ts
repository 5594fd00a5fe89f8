import { parseHcl } from "./hcl.ts";
import { parseJsonPolicy } from "./json.ts";
import { malformed, type Item } from "./tree.ts";

/** Longer texts are refused; the server's own storage takes at most 1 MiB an entry. */
const MAX_POLICY_CHARACTERS = 4 * 1024 * 1024;

/** The items of a text in HCL 1 or its JSON form, told apart as the server does. E_HCL. */
export function parseItems(
  name: string,
  text: string,
  options: { readonly uniqueKeys: boolean },
): readonly Item[] {
  if (text.length > MAX_POLICY_CHARACTERS) {
    throw malformed(
      name,
      { line: 1, column: 1 },
      `expected at most ${MAX_POLICY_CHARACTERS} characters, got more`,
    );
  }
  // U+0085 is white space to the server's look at the first character, but not to trimStart.
  const json = text.replace(/^[\s\u0085]+/, "").startsWith("{");
  return json ? parseJsonPolicy(name, text) : parseHcl(name, text, options);
}
