import { readFileSync } from "node:fs";
import { sha256 } from "../base/index.ts";
import type { FileOut } from "../review/index.ts";

const FILES = {
  "icon.svg": "image/svg+xml",
  "review.js": "text/javascript; charset=utf-8",
  "style.css": "text/css; charset=utf-8",
};

export type AssetName = keyof typeof FILES;

/** The few files that pages need. Held in memory: no path that somebody sends reaches the file system. */
export interface Assets {
  /** Path under which a file is served; it holds the file's digest, so that browsers may keep it for good. */
  path(name: AssetName): string;
  /** By the name that stands in the path. */
  get(served: string): FileOut | undefined;
}

export function readAssets(): Assets {
  const served = new Map<string, FileOut>();
  const paths = new Map<AssetName, string>();
  for (const name of Object.keys(FILES) as AssetName[]) {
    const bytes = readFileSync(new URL(`./static/${name}`, import.meta.url));
    const [stem = "", ending = ""] = name.split(".");
    const hashed = `${stem}.${sha256(bytes).slice(0, 16)}.${ending}`;
    served.set(hashed, { name: hashed, type: FILES[name], bytes });
    paths.set(name, `/static/${hashed}`);
  }
  return { path: (name) => paths.get(name) ?? "/static/", get: (name) => served.get(name) };
}
