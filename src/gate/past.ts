import { CountersignError } from "../base/index.ts";
import type { Credential } from "./declared.ts";
import { MAX_SEARCHED_BYTES, Searching, type CredentialSearch, type Spotted } from "./searching.ts";
import { textIn } from "./text/decode.ts";
import type { History } from "./tree.ts";
import type { UnreadPart } from "./verdict.ts";

interface PastTerms {
  readonly search: CredentialSearch;
  /** What the files hold as they are now: it is told there. */
  readonly known: readonly Spotted[];
  readonly signal: AbortSignal;
}

/** What earlier commits hold. */
interface Past {
  readonly credentials: readonly Credential[];
  readonly unread: readonly UnreadPart[];
  readonly fileCount: number;
}

interface PastText {
  readonly path: string;
  readonly text: string;
  readonly commit: string;
  readonly order: number;
}

/** Searches earlier commits. A credential that many versions of a file hold is told once, of the commit that brought it. */
export async function searchHistory(history: History, { search, known, signal }: PastTerms): Promise<Past> {
  const searching = new Searching<PastText>(search);
  const unread: UnreadPart[] = [];
  let order = 0;
  for await (const one of history.files()) {
    if (signal.aborted)
      throw new CountersignError("E_INTERRUPTED", "expected to run to the end, got interrupted");
    if ("reason" in one) {
      unread.push({ path: one.path, reason: one.reason, detail: one.detail });
      continue;
    }
    const { path, size, commit } = one;
    if (size > MAX_SEARCHED_BYTES) {
      const detail = `expected at most ${MAX_SEARCHED_BYTES} bytes, got ${size}, in commit ${commit.slice(0, 12)}`;
      unread.push({ path, reason: "limit", detail });
      continue;
    }
    const text = textIn(await one.read());
    if (text === undefined) continue;
    order += 1;
    await searching.add({ path, text, commit, order });
  }
  const seen = new Set(known.map(({ credential, same }) => `${credential.place.file} ${same}`));
  const credentials: Credential[] = [];
  const found = [...(await searching.found())].sort((a, b) => a.text.order - b.text.order);
  for (const { text, spotted } of found) {
    const key = `${text.path} ${spotted.same}`;
    if (seen.has(key)) continue;
    seen.add(key);
    credentials.push({ ...spotted.credential, commit: text.commit });
  }
  return { credentials, unread, fileCount: searching.fileCount };
}
