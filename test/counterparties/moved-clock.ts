import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { missing, type Availability } from "./availability.ts";

/** A clock that one server is started with, and that is set while it runs. */
export interface MovedClock {
  /** Of the server's process. */
  readonly env: Readonly<Record<string, string>>;
  /** From now on, the server's time is this many days before the real one. */
  ago(days: number): void;
}

const LIBRARIES = "/usr/lib";

/** The library that answers a program's questions for the time (Debian's `libfaketime`). */
export function findFaketime(): Availability<string> {
  const libraries = existsSync(LIBRARIES)
    ? readdirSync(LIBRARIES).map((folder) => join(LIBRARIES, folder, "faketime", "libfaketimeMT.so.1"))
    : [];
  const library = libraries.find((path) => existsSync(path));
  return library === undefined ? missing("no libfaketime to move a server's clock with") : { found: library };
}

/** A clock that starts at the real time, kept in a file below `dir`. */
export function movedClock(library: string, dir: string): MovedClock {
  const file = join(dir, "clock");
  const ago = (days: number): void => {
    writeFileSync(file, `-${days}d\n`);
  };
  ago(0);
  return {
    env: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    },
    ago,
  };
}
