/** How the services of one account and Region are reached. */
export interface Terms {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
}

/** The account that moto takes its callers for; here the one of tools, which manages the organisation. */
export const OWN_ACCOUNT = "123456789012";
export const HOME = "eu-central-1";
/** The second Region of the company. */
export const SECOND = "eu-west-1";
/** What every value of this estate holds: it must be found nowhere. */
export const VALUE = "Wq7-the-value-of-a-secret";

export const OWN_CREDENTIALS = { accessKeyId: "AKIAIOSFODNN7EXAMPL0", secretAccessKey: "not-checked" };

/** Sets what the server takes for now, as days before the real time. */
export interface Clock {
  ago(days: number): void;
}

/** The server's own clock: everything is of this moment. */
export const REAL_TIME: Clock = { ago: () => undefined };

/** One call that fills the estate, and how long ago it is made. */
export interface Step {
  readonly daysAgo: number;
  run(): Promise<unknown>;
}

/** Makes the calls from the oldest to the newest; those of one day in the order given. */
export async function inOrder(steps: readonly Step[], clock: Clock): Promise<void> {
  let now: number | undefined;
  for (const step of steps.toSorted((a, b) => b.daysAgo - a.daysAgo)) {
    if (step.daysAgo !== now) clock.ago((now = step.daysAgo));
    await step.run();
  }
  clock.ago(0);
}

export type Statement = Readonly<Record<string, unknown>>;

export const allow = (statement: Statement): Statement => ({ Effect: "Allow", ...statement });
export const deny = (statement: Statement): Statement => ({ Effect: "Deny", ...statement });

export function policyText(...statements: readonly Statement[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}

export function tagList(
  tags: Readonly<Record<string, string | undefined>>,
): { Key: string; Value: string }[] {
  return Object.entries(tags).flatMap(([Key, Value]) => (Value === undefined ? [] : [{ Key, Value }]));
}
