import {
  bearingKinds,
  beginEvaluation,
  createEvaluator,
  parseOutcomes,
  type Bundle,
  type Outcome,
  type ParamSettings,
} from "../policy/index.ts";
import type { ClassificationRules } from "../subjects/index.ts";

/** What judges a change. */
export interface GateRules {
  readonly bundle: Bundle;
  readonly settings: ParamSettings;
  readonly classification: ClassificationRules;
}

/** Rules in use: all inputs of a run are judged by the same instances, and what takes too long is given up for all of them. */
export interface RulesInUse extends GateRules {
  readonly evaluation: Asking;
  /**
   * Of which kinds gaps are told to policies, by kind of subject; absent where all are, since an organisation's own policies may look for any.
   * Of a file nearly everything is hidden: nine tenths of a document would be about what no policy asks.
   */
  readonly bearing?: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Asks policies about documents of subjects, one after the other. */
interface Asking {
  readonly outcomes: (
    documents: readonly Uint8Array[],
  ) => AsyncIterable<readonly Outcome[]> | Iterable<readonly Outcome[]>;
  readonly close: () => Promise<void>;
}

/** Our own policies are asked here; an organisation's own in a thread that can be ended, whose answers come as lines. */
function asking({ bundle, settings }: GateRules): Asking {
  if (hasOwn(bundle)) {
    const evaluation = beginEvaluation(bundle, { settings });
    return {
      outcomes: async function* (documents) {
        for await (const line of evaluation.evaluate(documents)) yield parseOutcomes(line).outcomes;
      },
      close: () => evaluation.close(),
    };
  }
  const evaluator = createEvaluator(bundle, settings);
  return {
    outcomes: function* (documents) {
      for (const document of documents) yield evaluator.evaluate(document).outcomes;
    },
    close: () => Promise.resolve(),
  };
}

/** Whether policies of an organisation's own are among them. */
export function hasOwn({ modules }: Bundle): boolean {
  return modules.some(({ own }) => own);
}

/** Rules ready for use, whose evaluation is closed by whoever asked for it. E_CONFIG where a setting does not fit. */
export function inUse(rules: GateRules): RulesInUse {
  const evaluation = asking(rules);
  if (hasOwn(rules.bundle)) return { ...rules, evaluation };
  return { ...rules, evaluation, bearing: bearingKinds(rules.bundle.catalogue.policies) };
}
