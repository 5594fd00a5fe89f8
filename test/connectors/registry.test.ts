import { readdirSync } from "node:fs";
import { expect, it } from "vitest";
import { connectors } from "../../src/connectors/index.ts";
import type { Connector } from "../../src/facts/index.ts";

const ROOT = new URL("../../src/connectors/", import.meta.url);

function isConnector(value: unknown): value is Connector<unknown> {
  return typeof value === "object" && value !== null && "collect" in value && "normalise" in value;
}

/** A folder may hold a cloud's key provider before, or without, a connector. */
function exportsKeyProvider(module: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(module).some(
    ([name, value]) => name.endsWith("Provider") && typeof value === "function",
  );
}

it("every connector that exists is registered by its id", async () => {
  const folders = readdirSync(ROOT, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(folders.length).toBeGreaterThan(0);
  for (const { name } of folders) {
    const module = (await import(new URL(`${name}/index.ts`, ROOT).href)) as Record<string, unknown>;
    const found = Object.values(module).filter(isConnector);
    const useful = found.length > 0 || exportsKeyProvider(module);
    expect(useful, `src/connectors/${name} exports neither connector nor key provider`).toBe(true);
    for (const connector of found) expect(connectors.get(connector.id)).toBe(connector);
  }
});
