import { CountersignError } from "./errors.ts";

/** What Node says of a package, or of a part of it, that is not installed. */
const MISSING = new Set(["ERR_MODULE_NOT_FOUND", "MODULE_NOT_FOUND"]);

/**
 * Loads a package that only some users need: nobody installs, or waits for, what is not used. `load` is the `import()` of
 * `name`. E_RUNTIME when it is not installed.
 */
export async function optionalPackage<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (thrown) {
    const code = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
    if (typeof code !== "string" || !MISSING.has(code)) throw thrown;
    throw new CountersignError("E_RUNTIME", `expected the package ${name}, got none installed`, {
      fix: `Install it beside countersign: npm install ${name}`,
      cause: thrown,
    });
  }
}
