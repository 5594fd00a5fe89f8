/** Deepest nesting of a file that is read: what people write has less than 30. */
export const MAX_DEPTH = 100;

/** Most values of one file, aliases written out: a plan of 20,000 resources has some three million. */
export const MAX_NODES = 5_000_000;

/** A file that cannot be read as what it should be, with where: no finding, and nothing that was found clean. */
export class Unreadable extends Error {
  override readonly name = "Unreadable";
  /** UTF-16 offset. */
  readonly offset: number;
  readonly reason: "limit" | "malformed";

  constructor(message: string, offset: number, reason: "limit" | "malformed" = "malformed") {
    super(message);
    this.offset = offset;
    this.reason = reason;
  }
}
