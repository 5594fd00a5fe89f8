import type { Spot } from "./node.ts";

/** A file, or what stands between the braces of a block. */
export interface HclBody extends Spot {
  /** By name; of one that is written twice the first, as Terraform refuses the second. */
  readonly attributes: ReadonlyMap<string, HclAttribute>;
  readonly blocks: readonly HclBlock[];
}

export interface HclAttribute {
  readonly key: Spot;
  readonly value: Expression;
}

/** E.g. `resource "aws_kms_key" "main" { … }`. */
export interface HclBlock extends Spot {
  readonly type: string;
  readonly labels: readonly string[];
  readonly body: HclBody;
}

/** An expression of HCL 2. Source: HCL, "HCL Native Syntax Specification". */
export type Expression = Spot &
  (
    | { readonly kind: "literal"; readonly value: boolean | number | string | null }
    | { readonly kind: "template"; readonly parts: readonly TemplatePart[] }
    | { readonly kind: "tuple"; readonly items: readonly Expression[] }
    | { readonly kind: "object"; readonly entries: readonly ObjectEntry[] }
    | { readonly kind: "name"; readonly name: string }
    | { readonly kind: "attribute"; readonly of: Expression; readonly name: string }
    | { readonly kind: "index"; readonly of: Expression; readonly key: Expression }
    /** `each`: what is asked of each item, which is called `*` in it. */
    | { readonly kind: "splat"; readonly of: Expression; readonly each: Expression }
    | {
        readonly kind: "call";
        readonly name: string;
        readonly args: readonly Expression[];
        /** Whether the last argument stands for as many as it has items. */
        readonly spreads: boolean;
      }
    | ForExpression
    | {
        readonly kind: "conditional";
        readonly condition: Expression;
        readonly yes: Expression;
        readonly no: Expression;
      }
    | { readonly kind: "operation"; readonly operator: string; readonly operands: readonly Expression[] }
  );

/** A key that is a bare word is a literal. */
export interface ObjectEntry {
  readonly key: Expression;
  readonly value: Expression;
}

export interface ForExpression {
  readonly kind: "for";
  readonly names: { readonly key?: string; readonly value: string };
  readonly over: Expression;
  /** Of a map alone. */
  readonly key?: Expression;
  readonly value: Expression;
  readonly condition?: Expression;
  /** Whether values of one key are gathered to a list. */
  readonly groups: boolean;
}

/** A part of a template; `V` is what its expressions are read as. */
export type TemplatePart<V = Expression> =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "value"; readonly value: V }
  | {
      readonly kind: "if";
      readonly condition: V;
      readonly yes: readonly TemplatePart<V>[];
      readonly no: readonly TemplatePart<V>[];
    }
  | {
      readonly kind: "for";
      readonly names: ForExpression["names"];
      readonly over: V;
      readonly parts: readonly TemplatePart<V>[];
    };
