// Puts `src/` into `dist/` as few files: each module that is loaded by itself takes a third of a millisecond, and a small run needs five hundred.
import { rolldown } from "rolldown";

/** What is started by its path: the program, threads and processes. All at this depth, by which places beside sources are found. */
const ENTRIES = [
  "cli/main",
  "cli/report-process",
  "policy/own-thread",
  "policy/thread",
  "secret-scan/thread",
  "policy/compiler/wasi-child",
];

/** A module goes on finding what lies beside it (`import.meta.url`), wherever it has been put. Files lie one directory below `dist/`. */
const places = {
  name: "places",
  transform(code, id) {
    const place = /\/src\/(.+)\.ts$/.exec(id.replaceAll("\\", "/"))?.[1];
    if (place === undefined || !code.includes("import.meta.url")) return null;
    for (const [, name] of code.matchAll(/new URL\(`\.\/([\w-]+)\$\{/g)) {
      const started = `${place.slice(0, place.lastIndexOf("/") + 1)}${name}`;
      if (!ENTRIES.includes(started))
        throw new Error(`expected ${started}, which ${place} starts, among the entries, got none`);
    }
    return {
      code: code.replaceAll("import.meta.url", `new URL("../${place}.js", import.meta.url).href`),
      map: null,
    };
  },
};

/**
 * Parts that are loaded lazily stay files of their own. What comes from the registry stays outside: installed as ever, with its own licence,
 * for whoever looks for flaws in it. Throws where a module is in a file at another depth and asks where it is.
 */
export async function bundle(root) {
  const made = await rolldown({
    cwd: root,
    platform: "node",
    input: Object.fromEntries(ENTRIES.map((name) => [name, `src/${name}.ts`])),
    external: (id) => !/^(?:\.|\/|src\/|[A-Za-z]:)/.test(id),
    plugins: [places],
  });
  const { output } = await made.write({
    dir: `${root}dist`,
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "parts/[name]-[hash].js",
  });
  for (const { fileName, code = "" } of output) {
    if (fileName.split("/").length !== 2 && code.includes("import.meta.url"))
      throw new Error(`expected no place to be asked for in ${fileName}, got one`);
  }
}
