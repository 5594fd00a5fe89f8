/** Where something stands in a file of whoever made the change. Lines and columns count from 1, columns in UTF-16 units; the end is the first place behind it. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly end_line: number;
  readonly end_column: number;
}

/** The text of one file, which can say on which line an offset is. `path` is as people are told it: relative, with `/`. */
export class SourceText {
  readonly path: string;
  readonly text: string;
  #starts: readonly number[] | undefined;

  constructor(path: string, text: string) {
    this.path = path;
    this.text = text;
  }

  /** The place of a range of UTF-16 offsets. Offsets beyond the text are its end. */
  place(start: number, end: number = start): Place {
    const from = this.#at(start);
    const to = this.#at(Math.max(start, end));
    return { file: this.path, ...from, end_line: to.line, end_column: to.column };
  }

  /** The place of a line and column that a parser told, both from 0. */
  offsetOf(row: number, column: number): number {
    return Math.min((this.#lineStarts()[row] ?? this.text.length) + column, this.text.length);
  }

  /** The text of a line, from 1, without its end. */
  line(line: number): string {
    const starts = this.#lineStarts();
    return this.text.slice(starts[line - 1] ?? this.text.length, starts[line]).replace(/\r?\n$/, "");
  }

  #at(offset: number): { line: number; column: number } {
    const starts = this.#lineStarts();
    const within = Math.min(Math.max(offset, 0), this.text.length);
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= within) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: within - (starts[low] ?? 0) + 1 };
  }

  /** Most files have no finding: lines are counted when somebody asks. */
  #lineStarts(): readonly number[] {
    if (this.#starts !== undefined) return this.#starts;
    const starts = [0];
    for (let at = this.text.indexOf("\n"); at !== -1; at = this.text.indexOf("\n", at + 1))
      starts.push(at + 1);
    this.#starts = starts;
    return starts;
  }
}
