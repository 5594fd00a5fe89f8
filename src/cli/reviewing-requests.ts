import type { GrantAction } from "../access/index.ts";
import { EXIT, endDay, type ExitCode } from "../base/index.ts";
import type { AccessRequest, NewRequest, RequestView } from "../review/index.ts";
import type { Environment } from "./environment.ts";
import { table } from "./output.ts";
import { atDesk, done, everyRow, told, type ReviewOptions } from "./reviewing.ts";

/** Requests for access that were made here; a register's are in the snapshot. */
export async function listRequests(
  environment: Environment,
  options: ReviewOptions & { readonly state?: AccessRequest["state"] },
): Promise<ExitCode> {
  return await atDesk(environment, options, async ({ desk, actor }) => {
    const { state } = options;
    const requests = await everyRow(
      async (page) =>
        await desk.requests.requests(actor, { ...page, ...(state === undefined ? {} : { state }) }),
    );
    told(environment, options, { requests }, requestsText(requests));
    return EXIT.pass;
  });
}

function requestsText(requests: readonly RequestView[]): string {
  if (requests.length === 0) return "No requests.\n";
  return table([
    ["request", "state", "for", "may", "secrets", "until", "asked by", "your approval"],
    ...requests.map(({ request, asked_of_actor, approval_fault }) => [
      request.request_id,
      approval_fault === undefined ? request.state : `stated as approved, but: ${approval_fault}`,
      request.principal,
      request.actions.join(", "),
      request.secrets.join(", "),
      request.ends_at === undefined ? "" : endDay(request.ends_at),
      request.requested_by,
      asked_of_actor ?? "",
    ]),
  ]);
}

export interface AddOptions extends ReviewOptions {
  readonly for: string;
  readonly secret: readonly string[];
  readonly action: readonly GrantAction[];
  readonly because: string;
  readonly from?: string;
  readonly until?: string;
}

/** Asks for access; who is told to approve is the manager, and security where more than reading is asked for. */
export async function addRequest(environment: Environment, options: AddOptions): Promise<ExitCode> {
  return await atDesk(environment, options, async ({ desk, actor }) => {
    const wanted: NewRequest = {
      principal: options.for,
      secrets: options.secret,
      actions: options.action,
      justification: options.because,
      ...(options.from === undefined ? {} : { starts_at: options.from }),
      ...(options.until === undefined ? {} : { ends_at: options.until }),
    };
    const request_id = await desk.requests.ask(actor, wanted);
    const { fits_nothing } = await desk.requests.request(actor, request_id);
    const told = fits_nothing === true ? ` ${FITS_NOTHING}` : "";
    return done(
      environment,
      options,
      { request_id, ...(fits_nothing === true ? { fits_nothing } : {}) },
      `${request_id}: asked for.${told}`,
    );
  });
}

const FITS_NOTHING = "Nothing in the newest snapshot fits its secrets: look for a slip in their names.";

/** Approves or refuses a request, as manager or as security. */
export async function answerRequest(
  environment: Environment,
  request: string,
  approved: boolean,
  options: ReviewOptions & { readonly because?: string },
): Promise<ExitCode> {
  return await atDesk(environment, options, async ({ desk, actor }) => {
    const { request: asked, fits_nothing } = await desk.requests.request(actor, request);
    const { version } = asked;
    await desk.requests.answer(actor, request, version, approved, options.because);
    const what = approved ? "approved" : "refused";
    return done(
      environment,
      options,
      { request_id: request, answer: what, by: actor.who },
      `${request}: ${what}.${fits_nothing === true ? ` ${FITS_NOTHING}` : ""}`,
    );
  });
}
