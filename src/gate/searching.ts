import { sortedBy } from "../base/index.ts";
import type { SearchedText, TextHit } from "../secret-scan/index.ts";
import type { Credential, EncodedText } from "./declared.ts";

/** Finds credentials in files: `secret-scan`'s, in threads where `cli` says so. */
export type CredentialSearch = (texts: readonly SearchedText[]) => Promise<readonly TextHit[]>;

/** Largest file that is searched and is of no format: what people write by hand has less. */
export const MAX_SEARCHED_BYTES = 8 * 1024 * 1024;

/** Characters of one batch: most hold nothing, and one long text is searched faster than many short. */
const BATCH_CHARS = 256 * 1024;

/** Batches on their way at once; reading waits while there are as many, so that memory is bounded. */
const MAX_ON_THEIR_WAY = 16;

/** A credential that was found, with what compares it within this run. */
export interface Spotted {
  readonly credential: Credential;
  /** Never for output. */
  readonly same: string;
}

/** A file, or a text that is encoded within one. */
interface ToSearch extends SearchedText {
  /** Where it is encoded, and what it is the value of there. */
  readonly within?: Pick<EncodedText, "address" | "place">;
}

/** Puts files into batches and collects what is found in them. */
export class Searching<T extends ToSearch = ToSearch> {
  readonly #search: CredentialSearch;
  readonly #found: { readonly text: T; readonly hit: TextHit }[] = [];
  readonly #onTheirWay = new Set<Promise<unknown>>();
  readonly #faults: unknown[] = [];
  #batch: T[] = [];
  #chars = 0;
  #count = 0;

  constructor(search: CredentialSearch) {
    this.#search = search;
  }

  get fileCount(): number {
    return this.#count;
  }

  async add(text: T): Promise<void> {
    if (text.within === undefined) this.#count += 1;
    this.#batch.push(text);
    this.#chars += text.text.length;
    if (this.#chars < BATCH_CHARS) return;
    this.#send();
    while (this.#onTheirWay.size >= MAX_ON_THEIR_WAY) await Promise.race(this.#onTheirWay);
  }

  /** All that was found, in the order of the files. */
  async found(): Promise<readonly { readonly text: T; readonly spotted: Spotted }[]> {
    this.#send();
    await Promise.all(this.#onTheirWay);
    if (this.#faults.length > 0) throw this.#faults[0];
    const place = ({ text, hit }: { text: T; hit: TextHit }): string =>
      [text.path.padEnd(256), hit.line, hit.column].map((part) => String(part).padStart(9, "0")).join();
    return sortedBy(this.#found, place).map(({ text, hit }) => ({ text, spotted: spottedIn(text, hit) }));
  }

  #send(): void {
    const batch = this.#batch;
    if (batch.length === 0) return;
    this.#batch = [];
    this.#chars = 0;
    const sent = this.#search(batch.map(({ path, text }) => ({ path, text })))
      .then((hits) => {
        for (const hit of hits) {
          const text = batch[hit.text];
          // Its text is let go: what was found is told by its place.
          if (text !== undefined) this.#found.push({ text: { ...text, text: "" }, hit });
        }
      })
      .catch((thrown: unknown) => {
        this.#faults.push(thrown);
      })
      .finally(() => this.#onTheirWay.delete(sent));
    this.#onTheirWay.add(sent);
  }
}

function spottedIn({ path, within }: ToSearch, hit: TextHit): Spotted {
  const { rule, name, line, column, end_line, end_column, same } = hit;
  if (within !== undefined) {
    const { place, address } = within;
    return {
      credential: { rule, place, address: name === undefined ? address : `${address} ${name}` },
      same,
    };
  }
  const place = { file: path, line, column, end_line, end_column };
  return { credential: { rule, place, ...(name === undefined ? {} : { name }) }, same };
}
