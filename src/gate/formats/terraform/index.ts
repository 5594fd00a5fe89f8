import type { Declared } from "../../declared.ts";
import type { SourceText } from "../../text/source-text.ts";
import type { Besides, LoadedFormat, Surroundings, Unread } from "../format.ts";
import { isMiscalled, isTerraformFile } from "./configuration.ts";

/** Source of Terraform and OpenTofu, in both of its syntaxes: each directory is a module. What parses it is loaded when there is any. */
export const terraform: LoadedFormat = {
  id: "terraform",
  recognises: ({ path }) => isTerraformFile(path) || isMiscalled(path),
  async *load(
    files: readonly SourceText[],
    surroundings: Surroundings,
    besides: Besides,
  ): AsyncGenerator<Declared | Unread> {
    for (const file of files) if (isMiscalled(file.path)) yield miscalled(file);
    const own = files.filter(({ path }) => !isMiscalled(path));
    if (own.length === 0) return;
    const { readSource } = await import("./source.ts");
    yield* readSource(own, surroundings, besides);
  },
};

function miscalled(file: SourceText): Unread {
  const detail = "expected a name that ends in lower case, got another: Terraform reads no such file";
  return { format: "terraform", place: file.place(0, 0), reason: "unsupported", detail };
}
