import { CountersignError, nearest } from "../base/index.ts";
import { TIERS } from "../policy/index.ts";
import { EVENT_TEMPLATES, webhookUrl, type ReviewSettings } from "../review/index.ts";
import type { YamlFile } from "../facts/index.ts";

/** What of a configuration is checked here. */
type Checked = Pick<YamlFile<{ readonly review?: ReviewSettings }>, "locate" | "locateKey" | "value">;

/** What templates of campaigns say beyond their schema: names of tiers, and their own. E_CONFIG with line and column. */
export function requireTemplates({ value, locate, locateKey }: Checked): void {
  for (const [name, { scope = {} }] of Object.entries(value.review?.campaigns ?? {})) {
    const at = ["review", "campaigns", name];
    if (EVENT_TEMPLATES.some((event) => event === name)) {
      throw new CountersignError("E_CONFIG", `expected another name of a template, got ${name}`, {
        location: locateKey(at),
        fix: "Campaigns about people who left or moved have this name: review.events says how they are.",
      });
    }
    (scope.tiers ?? []).forEach((tier, index) => {
      if (/[*?]/.test(tier) || TIERS.some((known) => known === tier)) return;
      throw unknown("a tier", TIERS, tier, locate([...at, "scope", "tiers", String(index)]));
    });
  }
}

/** Where notices are sent: never in the clear. E_CONFIG with line and column. */
export function requireWebhook({ value, locate }: Pick<Checked, "locate" | "value">): void {
  const url = value.review?.webhook?.url;
  if (url === undefined) return;
  try {
    webhookUrl(url);
  } catch (thrown) {
    if (!(thrown instanceof CountersignError)) throw thrown;
    throw new CountersignError("E_CONFIG", thrown.message, {
      location: locate(["review", "webhook", "url"]),
      ...(thrown.fix === undefined ? {} : { fix: thrown.fix }),
    });
  }
}

/** Frameworks that templates name. E_CONFIG with line and column. */
export function requireFrameworks({ value, locate }: Checked, known: readonly string[]): void {
  for (const [name, { frameworks = [] }] of Object.entries(value.review?.campaigns ?? {})) {
    frameworks.forEach((framework, index) => {
      if (known.includes(framework)) return;
      throw unknown(
        "a framework",
        known,
        framework,
        locate(["review", "campaigns", name, "frameworks", String(index)]),
      );
    });
  }
}

function unknown(
  what: string,
  known: readonly string[],
  got: string,
  location: ReturnType<Checked["locate"]>,
): CountersignError {
  const near = nearest(got, known);
  return new CountersignError("E_CONFIG", `expected ${what} of ${known.join(", ")}, got ${got}`, {
    location,
    ...(near === undefined ? {} : { fix: `Did you mean ${near}?` }),
  });
}
