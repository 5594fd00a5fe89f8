import { readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { compareStrings } from "../base/index.ts";
import type { SourceBeside, TreeFile } from "../gate/index.ts";
import { readBytes, toldPath } from "./work-tree.ts";

/** What Terraform and OpenTofu read of a directory. */
const NAME = /\.(?:tf|tofu)(?:\.json)?$/;

/** Most files of a directory that are read. */
const MAX_FILES = 1000;

/** Source on disk. `directory`: what somebody named, from `cwd`. Whatever cannot be read there is left out: places in the plan stay then. */
export function sourceBeside(cwd: string, directory: string | undefined): SourceBeside {
  return {
    ...(directory === undefined ? {} : { directory: toldPath(cwd, resolve(cwd, directory)) }),
    files: (path) => Promise.try(() => filesIn(cwd, resolve(cwd, path))),
  };
}

function filesIn(cwd: string, directory: string): TreeFile[] {
  let names: string[];
  try {
    names = readdirSync(directory).filter((name) => NAME.test(name));
  } catch {
    return [];
  }
  return names
    .sort(compareStrings)
    .slice(0, MAX_FILES)
    .flatMap((name): TreeFile[] => {
      const path = join(directory, name);
      const status = statSync(path, { throwIfNoEntry: false });
      const told = toldPath(cwd, path);
      if (status?.isFile() !== true) return [];
      return [{ path: told, size: status.size, read: () => Promise.try(() => readBytes(path, told)) }];
    });
}
