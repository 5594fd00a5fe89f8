import { messageOf, isWriteRefused, printable } from "../base/index.ts";
import type { Terminal } from "./output.ts";

/** Does what only later runs gain from; undefined where its place may not be written to. */
export type WhereAllowed = <T>(keep: () => Promise<T>) => Promise<T | undefined>;

/** Goes on without what may not be kept, and says so once. Every other error stays one. */
export function whereAllowed({ err }: Pick<Terminal, "err">): WhereAllowed {
  let told = false;
  return async (keep) => {
    try {
      return await keep();
    } catch (thrown) {
      if (!isWriteRefused(thrown)) throw thrown;
      if (!told)
        err(printable(`${messageOf(thrown)}: nothing is kept in the state directory for later runs\n`));
      told = true;
      return undefined;
    }
  };
}
