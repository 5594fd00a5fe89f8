import { comparePatterns, type Pattern } from "./pattern.ts";

interface PrefixNode {
  readonly next: Map<number, PrefixNode>;
  /** Numbers of the prefix patterns that end here. */
  readonly ends: number[];
}

interface SegmentNode {
  readonly next: Map<string, SegmentNode>;
  plus?: SegmentNode;
  /** Numbers of the patterns that end here. */
  readonly ends: number[];
  /** Patterns that end in `*`: the beginning of the last segment, and the number. */
  readonly open: { readonly beginning: string; readonly number: number }[];
}

/**
 * Finds which of many patterns cover a path. Patterns are numbered in order of rank, so that the smallest number that
 * a list holds is the one that decides. Patterns of one text are told apart by the templates that they stand for.
 */
export class PatternIndex {
  readonly patterns: readonly Pattern[];
  readonly #numbers = new Map<string, number>();
  readonly #exact = new Map<string, number>();
  readonly #prefixes: PrefixNode = { next: new Map(), ends: [] };
  readonly #segments: SegmentNode = { next: new Map(), ends: [], open: [] };
  /** Where the prefix walk stands at the end of a folder; things of one folder share it. */
  readonly #folders = new Map<
    string,
    { readonly node: PrefixNode | undefined; readonly found: readonly number[] }
  >();

  constructor(patterns: Iterable<Pattern>) {
    this.patterns = [...patterns].sort(comparePatterns);
    for (const [number, pattern] of this.patterns.entries()) {
      this.#numbers.set(pattern.key, number);
      if (pattern.kind === "exact") this.#exact.set(pattern.text, number);
      else if (pattern.kind === "prefix") this.#addPrefix(pattern.text, number);
      else this.#addSegments(pattern, number);
    }
  }

  numberOf(pattern: Pattern): number {
    return this.#numbers.get(pattern.key) ?? -1;
  }

  exact(path: string): number[] {
    const number = this.#exact.get(path);
    return number === undefined ? [] : [number];
  }

  /** Numbers of the wildcard patterns that cover a path, the deciding one first. */
  wildcards(path: string): number[] {
    return [...this.#coveringPrefixes(path), ...this.#coveringSegments(path)].sort((a, b) => a - b);
  }

  #addPrefix(text: string, number: number): void {
    let node = this.#prefixes;
    for (let at = 0; at < text.length; at += 1)
      node = child(node.next, text.charCodeAt(at), () => ({ next: new Map(), ends: [] }));
    node.ends.push(number);
  }

  #addSegments({ parts, open }: Pattern, number: number): void {
    let node = this.#segments;
    for (const part of open ? parts.slice(0, -1) : parts) {
      const fresh = (): SegmentNode => ({ next: new Map(), ends: [], open: [] });
      node = part === "+" ? (node.plus ??= fresh()) : child(node.next, part, fresh);
    }
    if (open) node.open.push({ beginning: parts.at(-1) ?? "", number });
    else node.ends.push(number);
  }

  #coveringPrefixes(path: string): number[] {
    const end = path.lastIndexOf("/") + 1;
    const folder = path.slice(0, end);
    let start = this.#folders.get(folder);
    if (start === undefined) {
      start = walk(this.#prefixes, folder, 0, this.#prefixes.ends);
      this.#folders.set(folder, start);
    }
    return start.node === undefined ? [...start.found] : [...walk(start.node, path, end, start.found).found];
  }

  #coveringSegments(path: string): number[] {
    const parts = path.split("/");
    const found: number[] = [];
    const visit = (node: SegmentNode, at: number): void => {
      if (at === parts.length) {
        found.push(...node.ends);
        return;
      }
      const part = parts[at] ?? "";
      for (const { beginning, number } of node.open) if (part.startsWith(beginning)) found.push(number);
      const named = node.next.get(part);
      if (named !== undefined) visit(named, at + 1);
      if (node.plus !== undefined) visit(node.plus, at + 1);
    };
    visit(this.#segments, 0);
    return found;
  }
}

function child<K, N>(next: Map<K, N>, key: K, fresh: () => N): N {
  const known = next.get(key);
  if (known !== undefined) return known;
  const made = fresh();
  next.set(key, made);
  return made;
}

function walk(start: PrefixNode, text: string, from: number, found: readonly number[]) {
  const all = [...found];
  let node: PrefixNode | undefined = start;
  for (let at = from; at < text.length && node !== undefined; at += 1) {
    node = node.next.get(text.charCodeAt(at));
    if (node !== undefined) all.push(...node.ends);
  }
  return { node, found: all };
}
