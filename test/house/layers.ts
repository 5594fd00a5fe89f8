import { cruise, type IViolation } from "dependency-cruiser";
import extractConfig from "dependency-cruiser/config-utl/extract-depcruise-config";
import extractTypeScript from "dependency-cruiser/config-utl/extract-ts-config";

const ROOT = new URL("../../", import.meta.url).pathname;

/** What the layer rule says of a tree that has a `src/`. A run over nothing is a failure, not a pass. */
export async function checkLayers(
  baseDirectory = ROOT,
): Promise<{ moduleCount: number; violations: string[] }> {
  const { options, forbidden } = await extractConfig(`${ROOT}.dependency-cruiser.mjs`);
  const { output } = await cruise(
    ["src"],
    { ...options, baseDir: baseDirectory, validate: true, ruleSet: { forbidden: forbidden ?? [] } },
    undefined,
    { tsConfig: extractTypeScript(`${ROOT}tsconfig.json`) },
  );
  if (typeof output === "string") throw new Error(`expected a result, got text: ${output}`);
  const moduleCount = output.modules.filter(({ source }) => source.startsWith("src/")).length;
  if (moduleCount === 0)
    throw new Error(`expected modules below ${baseDirectory}src, got none: nothing was checked`);
  return { moduleCount, violations: output.summary.violations.map(describeViolation).sort() };
}

function describeViolation({ rule, from, to }: IViolation): string {
  return `${rule.name}: ${from} → ${to}`;
}

if (import.meta.main) {
  const { moduleCount, violations } = await checkLayers();
  for (const violation of violations) process.stdout.write(`${violation}\n`);
  process.stdout.write(`layers: ${moduleCount} modules, ${violations.length} violations\n`);
  process.exitCode = violations.length === 0 ? 0 : 1;
}
