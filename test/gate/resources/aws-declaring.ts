import { Drafting, Register } from "../../../src/gate/drafting.ts";
import type { Declared } from "../../../src/gate/declared.ts";
import {
  AWS_TOLD,
  tellAws,
  type AwsKind,
  type AwsPlace,
  type AwsThing,
} from "../../../src/gate/resources/aws/index.ts";
import { readJson } from "../../../src/gate/text/json.ts";
import { entriesOf, type Node } from "../../../src/gate/text/node.ts";
import { SourceText } from "../../../src/gate/text/source-text.ts";

export const PLACE: AwsPlace = { account: "111122223333", partition: "aws", region: "eu-central-1" };

const UNKNOWN = "<unknown>";

/** Things as one JSON file, `{address: [kind, attributes]}`; the text `<unknown>` stands for what is not known. */
export function declared(
  things: Readonly<Record<string, readonly [AwsKind, Readonly<Record<string, unknown>>]>>,
  place: AwsPlace = PLACE,
): Declared {
  const source = new SourceText("things.json", JSON.stringify(things, null, 1));
  const drafting = new Drafting("change", source.text);
  const register = new Register();
  const all = entriesOf(readJson(source)).map(([address, { value }]): AwsThing => {
    const [kind, attributes] = value.kind === "list" ? value.items : [];
    return {
      kind: (kind?.kind === "text" ? kind.text : "") as AwsKind,
      address,
      spot: value,
      attributes: Object.fromEntries(
        entriesOf(attributes).map(([name, entry]) => [name, withUnknown(entry.value)]),
      ),
    };
  });
  tellAws(all, { drafting, register, place, format: "cloudformation" });
  return register.declared({
    format: "cloudformation",
    provider: "aws",
    path: source.path,
    source: "change",
    after: drafting.side(),
    told: AWS_TOLD,
  });
}

function withUnknown(node: Node): Node {
  if (node.kind === "text" && node.text === UNKNOWN)
    return { ...node, kind: "unknown", why: "it is known only after apply" };
  if (node.kind === "list") return { ...node, items: node.items.map(withUnknown) };
  if (node.kind !== "map") return node;
  const entries = [...node.entries].map(
    ([key, entry]) => [key, { ...entry, value: withUnknown(entry.value) }] as const,
  );
  return { ...node, entries: new Map(entries) };
}
