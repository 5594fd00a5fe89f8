/** The six parts of an ARN; the last keeps its colons. Undefined for anything else. */
export function arnSegments(text: string): readonly string[] | undefined {
  const arn = parseArn(text);
  return arn === undefined
    ? undefined
    : ["arn", arn.partition, arn.service, arn.region, arn.account, arn.resource];
}

export interface Arn {
  readonly partition: string;
  readonly service: string;
  readonly region: string;
  readonly account: string;
  readonly resource: string;
}

/** One question parses the same few ARNs again and again: so many are kept, then forgotten. */
const MAX_KEPT = 4_096;

const kept = new Map<string, Arn | undefined>();

export function parseArn(text: string): Arn | undefined {
  const known = kept.get(text);
  if (known !== undefined) return known;
  if (kept.size >= MAX_KEPT) kept.clear();
  const made = parsed(text);
  kept.set(text, made);
  return made;
}

function parsed(text: string): Arn | undefined {
  if (!text.startsWith("arn:")) return undefined;
  const [, partition = "", service = "", region = "", account = "", ...rest] = text.split(":");
  return rest.length === 0 ? undefined : { partition, service, region, account, resource: rest.join(":") };
}

/** The service of an action, in lower case: `secretsmanager` of `secretsmanager:GetSecretValue`. */
export function serviceOf(action: string): string {
  return action.slice(0, Math.max(0, action.indexOf(":"))).toLowerCase();
}
