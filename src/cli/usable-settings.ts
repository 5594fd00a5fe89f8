import { accessSync, constants } from "node:fs";
import { CountersignError, type Location } from "../base/index.ts";
import { environmentVariable, refuseClearText } from "../connectors/index.ts";
import { FILE_KEY } from "./config.ts";

/** Settings of a source, and where each comes from. */
export interface SettingOrigin {
  readonly connector: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Name and place of a setting in the configuration; undefined for one that it does not have. */
  readonly stated?: (key: string) => { readonly name: string; readonly location: Location } | undefined;
}

/**
 * What settings lead to must be usable before anything is asked: files and directories are there, since a store that cannot be
 * asked would else look like one that does not answer, and no credential goes over a network unencrypted that was not allowed
 * to. E_CONFIG names the key or the variable.
 */
export function requireUsable(settings: Readonly<Record<string, unknown>>, origin: SettingOrigin): void {
  refuseClearText(settings, origin.stated?.("address")?.location);
  for (const [key, path] of Object.entries(settings)) {
    if (!FILE_KEY.test(key) || typeof path !== "string") continue;
    const fault = accessFault(path);
    if (fault === undefined) continue;
    const stated = origin.stated?.(key);
    const name = stated?.name ?? environmentVariable(origin.connector, key, origin.env) ?? key;
    throw new CountersignError("E_CONFIG", `expected to read ${path}, which ${name} names, got ${fault}`, {
      fix: `Correct ${name}, or make the path readable.`,
      ...(stated === undefined ? {} : { location: stated.location }),
    });
  }
}

function accessFault(path: string): string | undefined {
  try {
    accessSync(path, constants.R_OK);
    return undefined;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code ?? "an error";
  }
}
