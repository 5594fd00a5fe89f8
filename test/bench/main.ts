import { readdir } from "node:fs/promises";

/** `npm run bench -- <name>`: runs one benchmark of this folder; without a name, lists them. */
const [name, ...args] = process.argv.slice(2);
const known = (await readdir(new URL(".", import.meta.url)))
  .filter((file) => file.endsWith(".ts") && file !== "main.ts" && !file.includes("-"))
  .map((file) => file.slice(0, -3))
  .sort();

if (name === undefined || !known.includes(name)) {
  process.stderr.write(`expected a benchmark of ${known.join(", ")}, got ${name ?? "none"}\n`);
  process.exitCode = 2;
} else {
  process.argv.splice(2, process.argv.length - 2, ...args);
  await import(`./${name}.ts`);
}
