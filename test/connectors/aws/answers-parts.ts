/** What good answers of all services have alike. */

export const ACCOUNT = "111122223333";
export const REGION = "eu-central-1";
export const AT = "2026-09-01T08:00:00.000Z";
export const partition = "aws";

export interface Good {
  readonly params: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
  /** Absent for what is not of a Region. */
  readonly region?: string;
}

export const document = (statement: object): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });

export const regional = (params: Good["params"], body: Good["body"]): Good => ({
  params,
  body,
  region: REGION,
});
