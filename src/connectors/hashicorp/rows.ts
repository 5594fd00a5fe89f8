import { listedKeys, type Operation } from "./operation.ts";

type Common = Pick<Operation, "id" | "title" | "path" | "hides">;
type Changes = Partial<Omit<Operation, "id" | "title" | "path" | "hides">>;

/**
 * A LIST whose every name leads to one question of each operation in `leadsTo`, with the same parameters and that name.
 * `alive`: whether anything can stand behind a name; any can unless given.
 */
export function listRow(
  common: Common,
  leadsTo: readonly string[] = [],
  { alive = () => true, ...changes }: Changes & { readonly alive?: (name: string) => boolean } = {},
): Operation {
  return {
    ...common,
    method: "LIST",
    needs: ["list"],
    resource: `${common.path}/`,
    absent: "nothing",
    unread: ["/data/key_info"],
    next: (answered) =>
      listedKeys(answered)
        .filter(alive)
        .flatMap((name) => leadsTo.map((operation) => ({ operation, params: { ...answered.params, name } }))),
    ...changes,
  };
}

/** A GET of one thing that was listed. */
export function readRow(
  common: Common,
  facts: NonNullable<Operation["facts"]>,
  changes: Changes = {},
): Operation {
  return {
    ...common,
    method: "GET",
    needs: ["read"],
    resource: common.path,
    absent: "gone",
    facts,
    ...changes,
  };
}
