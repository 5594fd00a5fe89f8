import type { Dialect } from "./identity.ts";

/** Values of this many segments have patterns of their own; longer ones share one that takes whatever follows. */
const MAX_VALUE_SEGMENTS = 5;

/** At most this many values of a path that may hold slashes; at the next the path is cut. Patterns grow as a power of it. */
const MAX_OPEN_VALUES = 2;

const WHOLE = /^\{\{([^{}]*)\}\}$/;

/** Ids are the server's own, and a time is a number. */
const ONE_SEGMENT = /^(time\..*|identity\.(entity|entity\.aliases\.[^.]+|groups\.(ids|names)\.[^.]+)\.id)$/;

/**
 * Rule paths that together cover whatever a path with templates could become. A directive that is a whole segment becomes as many `+`
 * as its value may have segments: Vault takes a value's slashes as they are, OpenBao drops such a rule. Before a directive within a segment
 * the path is cut to a prefix.
 */
export function widened(path: string, dialect: Dialect): string[] {
  const parts = path.split("/");
  const ended: string[][] = [];
  let ways: string[][] = [[]];
  let values = 0;
  for (const [at, part] of parts.entries()) {
    const directive = WHOLE.exec(part)?.[1]?.trim();
    if (!part.includes("{{")) {
      ways = ways.map((way) => [...way, part]);
    } else if (directive === undefined || values === MAX_OPEN_VALUES) {
      // A `+` before the star would be no rule path at all.
      const beginning = part.slice(0, part.indexOf("{{")).replace(/\+$/, "");
      return texts([...ended, ...ways.map((way) => [...way, `${beginning}*`])]);
    } else if (
      dialect === "openbao" ||
      ONE_SEGMENT.test(directive) ||
      parts.slice(at + 1).join("/") === "*"
    ) {
      ways = ways.map((way) => [...way, "+"]);
    } else {
      values += 1;
      ended.push(...ways.map((way) => [...way, ...segments(MAX_VALUE_SEGMENTS), "*"]));
      ways = ways.flatMap((way) =>
        Array.from({ length: MAX_VALUE_SEGMENTS }, (_, before) => [...way, ...segments(before + 1)]),
      );
    }
  }
  return texts([...ended, ...ways]);
}

function segments(count: number): string[] {
  return Array.from({ length: count }, () => "+");
}

function texts(paths: readonly (readonly string[])[]): string[] {
  return paths.map((path) => path.join("/"));
}
