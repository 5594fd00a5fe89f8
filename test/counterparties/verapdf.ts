import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { findExecutable, missing, type Availability } from "./availability.ts";

const run = promisify(execFile);

const FOLDER = join(import.meta.dirname, "verapdf");

/** Profiles of veraPDF: PDF/A-3b (ISO 19005-3) and PDF/UA-1 (ISO 14289-1). */
export type Flavour = "3b" | "ua1";

/** The veraPDF library, ready to run. */
export interface VeraPdf {
  readonly java: string;
  readonly classPath: string;
}

/** veraPDF from Maven Central by way of `verapdf/pom.xml`; its class path is kept, the library itself in Maven's cache. */
export async function ensureVeraPdf(): Promise<Availability<VeraPdf>> {
  const java = findExecutable("java");
  const maven = findExecutable("mvn");
  if (java === undefined || maven === undefined)
    return missing("no Java with Maven (Debian: maven) for veraPDF");
  const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "countersign-test");
  const file = join(cache, "verapdf-1.28.2.classpath");
  const known = existsSync(file) ? readFileSync(file, "utf8") : "";
  if (known === "" || !known.split(":").every((jar) => existsSync(jar))) {
    mkdirSync(cache, { recursive: true });
    const goal = "org.apache.maven.plugins:maven-dependency-plugin:3.6.0:build-classpath";
    try {
      await run(maven, ["-q", "-B", "-f", join(FOLDER, "pom.xml"), goal, `-Dmdep.outputFile=${file}`]);
    } catch (thrown) {
      return missing(`Maven could not fetch veraPDF: ${(thrown as Error).message.split("\n")[0] ?? ""}`);
    }
  }
  return { found: { java, classPath: readFileSync(file, "utf8") } };
}

/** What a file fails of a profile; empty when it conforms. */
export async function complaints(
  { java, classPath }: VeraPdf,
  pdf: string,
  flavours: readonly Flavour[],
): Promise<Record<string, readonly string[]>> {
  const { stdout } = await run(
    java,
    ["-cp", classPath, join(FOLDER, "Validate.java"), flavours.join(","), pdf],
    {
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  const found: Record<string, string[]> = {};
  let current: string[] = [];
  for (const line of stdout.split("\n")) {
    const [, flavour, conforms] = /^(\w+) (true|false) /.exec(line) ?? [];
    if (flavour !== undefined) {
      current = [];
      found[flavour] = current;
      if (conforms === "false") current.push(`${flavour} does not conform`);
    } else if (line.startsWith("  ")) current.push(line.trim());
  }
  return found;
}
