import type { PolicyDocument, Statement } from "./document.ts";

const NONE: readonly Statement[] = [];

/** Which statements of a document speak of an action, found once for each document and action. */
export class StatementIndex {
  readonly #known = new WeakMap<PolicyDocument, Map<string, readonly Statement[]>>();

  of(document: PolicyDocument, action: string): readonly Statement[] {
    let actions = this.#known.get(document);
    if (actions === undefined) {
      actions = new Map<string, readonly Statement[]>();
      this.#known.set(document, actions);
    }
    const known = actions.get(action);
    if (known !== undefined) return known;
    const found = document.statements.filter((statement) => speaksOf(statement, action));
    actions.set(action, found.length === 0 ? NONE : found);
    return found;
  }

  /** A text that is the same for actions of which the same statements of some documents speak. */
  signature(documents: readonly PolicyDocument[], action: string): string {
    const places = (document: PolicyDocument) =>
      this.of(document, action).map((statement) => document.statements.indexOf(statement));
    return documents.map((document) => places(document).join(",")).join(";");
  }
}

export function speaksOf({ actions }: Statement, action: string): boolean {
  const name = action.toLowerCase();
  return actions.of.some((glob) => glob.matches(name)) !== actions.except;
}
