import type { Declared } from "../../declared.ts";
import type { SourceText } from "../../text/source-text.ts";
import type { Besides, LoadedFormat, Surroundings, Unread } from "../format.ts";
import { isTerraformFile } from "./configuration.ts";

/** Source of Terraform and OpenTofu, in both of its syntaxes: each directory is a module. What parses it is loaded when there is any. */
export const terraform: LoadedFormat = {
  id: "terraform",
  recognises: ({ path }) => isTerraformFile(path),
  async *load(
    files: readonly SourceText[],
    surroundings: Surroundings,
    besides: Besides,
  ): AsyncGenerator<Declared | Unread> {
    const { readSource } = await import("./source.ts");
    yield* readSource(files, surroundings, besides);
  },
};
