import type { FactOf } from "../../facts/index.ts";
import type { EngineKind, EnginePaths } from "./engine-paths.ts";
import { byteText, coversBelow, type Pattern } from "./pattern.ts";
import type { StoreFacts } from "./store-facts.ts";
import type { LocatedTarget } from "./target-class.ts";
import { couldMatch } from "./template.ts";

/** Engines that every namespace has: they hold no secrets of others, and who writes there is found by other means. */
const BUILT_IN: readonly string[] = [
  "cubbyhole",
  "identity",
  "ns_cubbyhole",
  "ns_identity",
  "ns_system",
  "system",
];

const KINDS: Readonly<Record<string, readonly EngineKind[]>> = {
  database: ["database_static_role", "dynamic_role"],
  pki: ["certificate_role"],
  transit: ["key"],
};

const NAME = "{name}";

/**
 * Tells the rules that reach all values of a mount, those to come as well. Mounts say it by their engines, whatever of them
 * could be listed: of an engine whose requests are not known, only a rule over the whole mount does.
 */
export class WholeMounts {
  /** Below each of these are all values of a mount, or all that one kind of request gets at. */
  readonly #roots: ReadonlySet<string>;
  readonly #answers = new Map<string, boolean>();

  constructor(
    store: StoreFacts,
    targets: readonly LocatedTarget[],
    paths: Readonly<Record<EngineKind, EnginePaths>>,
  ) {
    const below = (base: string, kinds: readonly EngineKind[] | undefined): string[] =>
      (kinds?.flatMap((kind) => valueFolders(paths[kind])) ?? [""]).map((folder) => base + folder);
    this.#roots = new Set([
      ...store
        .of("mount")
        .filter(({ engine }) => !BUILT_IN.includes(engine))
        .flatMap((mount) => below(store.namespaceOf(mount.scope) + mount.path, kindsOf(mount))),
      // Where the mounts could not be listed, what was seen in them tells of them.
      ...targets.flatMap(({ base, engine }) => below(base, [engine])),
    ]);
  }

  /** Whether a pattern covers all values of some mount. */
  covers(pattern: Pattern): boolean {
    return this.#answer(pattern.key, () =>
      this.#roots.values().some((root) => coversBelow(pattern, byteText(root))),
    );
  }

  /** Whether a rule path could come to do so by what its templates are filled with. `path`: with its namespace. */
  couldCover(path: string): boolean {
    const literal = path.replace(/(\+\/?)*\*?$/, "");
    if (literal === path) return false;
    return this.#answer(`template:${path}`, () =>
      this.#roots.values().some((root) => couldMatch(`${literal}*`, root)),
    );
  }

  #answer(key: string, ask: () => boolean): boolean {
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const answer = ask();
    this.#answers.set(key, answer);
    return answer;
  }
}

function kindsOf({ engine, engine_version }: FactOf<"mount">): readonly EngineKind[] | undefined {
  if (engine === "kv" || engine === "generic") return [engine_version === "2" ? "kv_2" : "kv_1"];
  return KINDS[engine];
}

/** Folders in which names alone tell apart what is read or handed out. */
function valueFolders({ paths, checks }: EnginePaths): string[] {
  return checks
    .filter(({ action }) => action === "read" || action === "share")
    .map(({ path }) => paths[path] ?? "")
    .filter((path) => path.endsWith(NAME))
    .map((path) => path.slice(0, -NAME.length));
}
