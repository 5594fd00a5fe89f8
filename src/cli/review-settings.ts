import { CountersignError, nearest } from "../base/index.ts";
import { TIERS } from "../policy/index.ts";
import { EVENT_TEMPLATES, FRAMEWORK_SCOPE_FIX, webhookUrl, type ReviewSettings } from "../review/index.ts";
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
    (scope.frameworks ?? []).forEach((framework, index) => {
      if (Object.hasOwn(value.review?.framework_scopes ?? {}, framework)) return;
      throw new CountersignError("E_CONFIG", `expected review.framework_scopes.${framework}, got none`, {
        location: locate([...at, "scope", "frameworks", String(index)]),
        fix: FRAMEWORK_SCOPE_FIX,
      });
    });
    requireTiers(scope.tiers, (index) => locate([...at, "scope", "tiers", index]));
  }
  for (const [framework, parts] of Object.entries(value.review?.framework_scopes ?? {})) {
    parts.forEach(({ tiers }, part) => {
      const at = ["review", "framework_scopes", framework, String(part), "tiers"];
      requireTiers(tiers, (index) => locate([...at, index]));
    });
  }
}

/** A tier that nothing has would leave out what was meant. E_CONFIG. */
function requireTiers(
  tiers: readonly string[] = [],
  place: (index: string) => ReturnType<Checked["locate"]>,
): void {
  tiers.forEach((tier, index) => {
    if (/[*?]/.test(tier) || TIERS.some((known) => known === tier)) return;
    throw unknown("a tier", TIERS, tier, place(String(index)));
  });
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
export function requireFrameworks({ value, locate, locateKey }: Checked, known: readonly string[]): void {
  const { campaigns = {}, framework_scopes = {} } = value.review ?? {};
  const check = (framework: string, location: ReturnType<Checked["locate"]>): void => {
    if (!known.includes(framework)) throw unknown("a framework", known, framework, location);
  };
  for (const framework of Object.keys(framework_scopes))
    check(framework, locateKey(["review", "framework_scopes", framework]));
  for (const [name, { frameworks = [] }] of Object.entries(campaigns)) {
    frameworks.forEach((framework, index) => {
      check(framework, locate(["review", "campaigns", name, "frameworks", String(index)]));
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
