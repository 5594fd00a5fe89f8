/**
 * A rule's path as the server files it. Texts are byte strings (one character a UTF-8 byte), because the server
 * compares and counts bytes.
 */
export interface Pattern {
  /** Equal keys merge; `kind` and `text` make it, and a template that is still open. */
  readonly key: string;
  readonly kind: "exact" | "prefix" | "segments";
  /** Without the `*` of a prefix. */
  readonly text: string;
  /** True for `prefix`, and for `segments` that end in `*`. */
  readonly open: boolean;
  /** Where the first `+` or `*` stands. */
  readonly firstWildcard: number;
  /** How many whole segments are `+`. */
  readonly plusCount: number;
  /** `segments` only: the parts between slashes. */
  readonly parts: readonly string[];
}

const ASCII_ONLY = /^[\0-\x7f]*$/;

/** The UTF-8 bytes of a text, a character each. */
export function byteText(text: string): string {
  return ASCII_ONLY.test(text) ? text : Buffer.from(text, "utf8").toString("latin1");
}

/**
 * Files a rule path whose templates are resolved; `undefined` for `+*`, with which the server refuses to build any
 * list. `namespace` is the policy's own, with its trailing slash; empty for the root namespace.
 * A path counts as segment wildcards when it is `+`, begins with `+/` or has `/+` anywhere, also in `/+x`, whose `+x`
 * then matches literally. A leading `+x` is plain text. Source: Vault 1.21 `vault/policy.go` parsePaths.
 */
export function patternOf(path: string, namespace = ""): Pattern | undefined {
  const text = byteText(namespace + path.replace(/^\//, ""));
  if (text.includes("+*")) return undefined;
  if (text === "+" || text.startsWith("+/") || text.includes("/+")) return segments(text);
  const open = text.endsWith("*");
  const plain = open ? text.slice(0, -1) : text;
  return {
    key: `${open ? "prefix" : "exact"}:${plain}`,
    kind: open ? "prefix" : "exact",
    text: plain,
    open,
    firstWildcard: plain.length,
    plusCount: 0,
    parts: [],
  };
}

function segments(text: string): Pattern {
  const open = text.endsWith("*");
  const plain = open ? text.slice(0, -1) : text;
  const parts = plain.split("/");
  return {
    key: `segments:${text}`,
    kind: "segments",
    text: plain,
    open,
    // The first "+" of the text, even where it is only a literal one (Go's strings.Index).
    firstWildcard: text.indexOf("+"),
    plusCount: parts.filter((part) => part === "+").length,
    parts,
  };
}

/** Whether a pattern covers a path (a byte string without leading slashes). */
function matches(pattern: Pattern, path: string, pathParts: readonly string[]): boolean {
  switch (pattern.kind) {
    case "exact":
      return path === pattern.text;
    case "prefix":
      return path.startsWith(pattern.text);
    case "segments":
      return matchesSegments(pattern, pathParts);
  }
}

/** `+` takes any one segment, an empty one too. */
function matchesSegments({ parts, open }: Pattern, pathParts: readonly string[]): boolean {
  if (open ? pathParts.length < parts.length : pathParts.length !== parts.length) return false;
  return parts.every((part, index) => {
    const segment = pathParts[index] ?? "";
    return (
      part === "+" || part === segment || (open && index === parts.length - 1 && segment.startsWith(part))
    );
  });
}

/**
 * Whether a pattern covers any path at or below `base`, a byte string that ends in a slash. Wide where that costs nothing: the
 * base without its slash counts as a path of it.
 */
export function meets(pattern: Pattern, base: string): boolean {
  const { kind, text, open } = pattern;
  if (kind !== "segments") return `${text}/`.startsWith(base) || (open && base.startsWith(text));
  const baseParts = base.split("/").slice(0, -1);
  const { parts } = pattern;
  if (parts.length < baseParts.length && !open) return false;
  return parts.slice(0, baseParts.length).every((part, index) => {
    const segment = baseParts[index] ?? "";
    return (
      part === "+" || part === segment || (open && index === parts.length - 1 && segment.startsWith(part))
    );
  });
}

/**
 * Whether a pattern covers everything below `root`, a byte string that ends in a slash; a `+` at the end counts as all, though it
 * takes one segment alone.
 */
export function coversBelow({ kind, text, open, parts }: Pattern, root: string): boolean {
  if (kind !== "segments") return open && root.startsWith(text);
  const folders = root.split("/").slice(0, -1);
  if (!open && parts.length <= folders.length) return false;
  return parts.every((part, index) => {
    const folder = folders[index];
    if (part === "+" || part === folder) return true;
    return open && index === parts.length - 1 && (folder ?? "").startsWith(part);
  });
}

/**
 * Which of two patterns that both cover a path decides: negative when `a` does. Exact paths come first. A pattern
 * loses, in this order, by an earlier first wildcard, by ending in `*`, by more `+`, by being shorter, by being
 * lexically smaller. Among prefixes this is "the longest wins", so one order serves for all.
 * Source: Vault 1.21 `vault/acl.go` CheckAllowedFromNonExactPaths.
 */
export function comparePatterns(a: Pattern, b: Pattern): number {
  return (
    Number(b.kind === "exact") - Number(a.kind === "exact") ||
    b.firstWildcard - a.firstWildcard ||
    Number(a.open) - Number(b.open) ||
    a.plusCount - b.plusCount ||
    b.text.length - a.text.length ||
    (a.text > b.text ? -1 : a.text < b.text ? 1 : 0)
  );
}

/** The patterns that cover `path`, the deciding one first. */
export function covering(patterns: Iterable<Pattern>, path: string): Pattern[] {
  const parts = path.split("/");
  return [...patterns].filter((pattern) => matches(pattern, path, parts)).sort(comparePatterns);
}

/** A name that nobody uses, to ask what a wildcard rule lets one create. */
export const FRESH = "countersign-fresh-name";

/** A path that the pattern covers. */
export function exampleOf({ text, kind, open, parts }: Pattern): string {
  const filled = kind === "segments" ? parts.map((part) => (part === "+" ? FRESH : part)).join("/") : text;
  return open ? `${filled}${FRESH}` : filled;
}
