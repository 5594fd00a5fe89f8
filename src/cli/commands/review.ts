import { type Command, InvalidArgumentError, Option } from "commander";
import { GRANT_ACTIONS } from "../../access/index.ts";
import { endOf, firstInstant } from "../../base/index.ts";
import type { CampaignAct } from "../../review/index.ts";
import type { ExportOptions, SampleOptions, TicketsOptions } from "../reviewing-files.ts";
import type { DecideOptions, HandOptions, ItemsOptions } from "../reviewing-items.ts";
import type { ReviewReportOptions } from "../reviewing-report.ts";
import type { AddOptions } from "../reviewing-requests.ts";
import type { ReviewOptions } from "../reviewing.ts";
import { configOption } from "./collect.ts";
import { commandGroup, type Adding } from "./group.ts";

const EPILOGUE = `
Who acts is --as, or COUNTERSIGN_USER; review.roles of countersign.yaml says what they may. Nobody's identity is proved here: whoever may
write to the state directory could name anybody. Decisions made here are recorded as made on the command line. Groups of an
identity provider are not known here. docs/review.md tells how a quarter runs.

Examples:
  $ countersign review due --as cora@example.com
  $ countersign review start quarterly --as cora@example.com
  $ countersign review items quarterly-2026-q4 --mine --as mia@example.com
  $ countersign review status`;

const commands = async () => ({
  ...(await import("../reviewing-campaigns.ts")),
  ...(await import("../reviewing-files.ts")),
  ...(await import("../reviewing-items.ts")),
  ...(await import("../reviewing-notices.ts")),
  ...(await import("../reviewing-report.ts")),
  ...(await import("../reviewing-requests.ts")),
  ...(await import("../reviewing-upkeep.ts")),
});

type Add = Adding<Awaited<ReturnType<typeof commands>>>;

/** `example`: what follows `countersign review` in a line that can be typed. */
function on(parent: Command, usage: string, example: string, description: string): Command {
  const words = parent.name() === "review" ? "review" : `review ${parent.name()}`;
  return parent
    .command(usage)
    .description(description)
    .addHelpText("after", `\nExample:\n  $ countersign ${words} ${example}`)
    .addOption(configOption())
    .option("--as <email>", "who acts; default: COUNTERSIGN_USER");
}

const addCampaigns: Add = (command, environment, run) => {
  on(
    command,
    "start <template>",
    "start quarterly --as cora@example.com",
    "Makes a campaign of the newest snapshot by a template of review.campaigns, and seals its population.",
  ).action(async (template: string, options: ReviewOptions) =>
    run((made) => made.startCampaign(environment, template, options)),
  );
  on(command, "list", "list --json", "Every campaign, the newest first.").action(
    async (options: ReviewOptions) => run((made) => made.listCampaigns(environment, options)),
  );
  on(
    command,
    "status [campaign]",
    "status quarterly-2026-q4",
    "Progress, who is behind, revocations, and what the next step waits for; ends with 1 where something is overdue or revoked access is still there.",
  ).action(async (campaign: string | undefined, options: ReviewOptions) =>
    run((made) => made.showStatus(environment, campaign, options)),
  );
  on(command, "due", "due --json", "Campaigns that are due by `every`; ends with 1 where one is.").action(
    async (options: ReviewOptions) => run((made) => made.showDue(environment, options)),
  );
};

const STEPS: readonly (readonly [string, CampaignAct, string])[] = [
  ["open", "open", "Reviewers decide from now on."],
  [
    "remind",
    "remind",
    "Reminds who is behind, also by review.webhook; after the days of grace does what no_answer says.",
  ],
  [
    "refresh",
    "refresh",
    "Compares with the newest snapshot: what joined or changed is asked, what is gone is not.",
  ],
  ["end", "end_review", "Ends deciding: what was revoked is to be removed."],
  ["verify", "verify", "Looks in the newest snapshot whether revoked access is gone by every path."],
  ["close", "close", "Closes a campaign that is signed off and acknowledged."],
];

const addSteps: Add = (command, environment, run) => {
  for (const [name, act, description] of STEPS) {
    on(command, `${name} <campaign>`, `${name} quarterly-2026-q4 --as cora@example.com`, description).action(
      async (campaign: string, options: ReviewOptions) =>
        run((made) => made.actOnCampaign(environment, campaign, act, options)),
    );
  }
  on(
    command,
    "sign-off <campaign>",
    'sign-off quarterly-2026-q4 --mine --statement "I looked at each of these." --as mia@example.com',
    "Signs one's own decisions off (--mine), or as compliance the result.",
  )
    .option("--mine", "a reviewer's own decisions")
    .requiredOption("--statement <text>", "what you stand for, in your own words")
    .action(
      async (
        campaign: string,
        options: ReviewOptions & { readonly statement: string; readonly mine?: boolean },
      ) => run((made) => made.signOff(environment, campaign, options)),
    );
  on(
    command,
    "acknowledge <campaign>",
    'acknowledge quarterly-2026-q4 --statement "Noted by the board." --as vera@example.com',
    "Management takes note of the result.",
  )
    .requiredOption("--statement <text>", "in your own words")
    .action(async (campaign: string, options: ReviewOptions & { readonly statement: string }) =>
      run((made) => made.actOnCampaign(environment, campaign, "acknowledge", options)),
    );
};

const addItems: Add = (command, environment, run) => {
  on(
    command,
    "items <campaign>",
    "items quarterly-2026-q4 --mine --state open",
    "Items of a campaign, the gravest first.",
  )
    .option("--mine", "that you are asked about; without, all, for who may see all")
    .addOption(
      new Option("--state <state>", "of this state").choices([
        "open",
        "second_reviewer",
        "security",
        "decided",
        "gone",
      ]),
    )
    .addOption(new Option("--risk <risk>", "of this risk").choices(["critical", "high", "standard", "low"]))
    .option("--reviewer <email>", "asked of this reviewer")
    .option("--search <words>", "in names of principal, person, owner and secrets")
    .action(async (campaign: string, options: ItemsOptions) =>
      run((made) => made.listItems(environment, campaign, options)),
    );
  on(
    command,
    "show <campaign> <item>",
    "show quarterly-2026-q4 4f0c2a --as mia@example.com",
    "One item, by its id or six digits or more of its beginning: all that its page shows; counts as shown to you.",
  ).action(async (campaign: string, item: string, options: ReviewOptions) =>
    run((made) => made.showItem(environment, campaign, item, options)),
  );
};

const addDecisions: Add = (command, environment, run) => {
  on(
    command,
    "decide <campaign> <item>",
    'decide quarterly-2026-q4 4f0c2a --revoke --because "left the team" --as mia@example.com',
    "Decides on one item, as it is now or as --seen says.",
  )
    .option("--certify", "the access is needed")
    .option("--revoke", "all of it goes")
    .addOption(new Option("--reduce-to <action...>", "these actions stay").choices([...GRANT_ACTIONS]))
    .option("--without <secret...>", "these secrets go")
    .addOption(
      new Option("--until <day>", "it ends with this day, or at this instant (RFC 3339)").argParser(ending),
    )
    .option("--because <text>", "why")
    .addOption(
      new Option(
        "--seen <digest>",
        "refuse unless the item's digest begins so: `review show` tells it",
      ).argParser(digest),
    )
    .action(async (campaign: string, item: string, options: DecideOptions) =>
      run((made) => made.decideItem(environment, campaign, item, options)),
    );
  on(
    command,
    "undo <campaign> <item>",
    "undo quarterly-2026-q4 4f0c2a --as mia@example.com",
    "Takes your decision back, until you sign off.",
  ).action(async (campaign: string, item: string, options: ReviewOptions) =>
    run((made) => made.undoDecision(environment, campaign, item, options)),
  );
  for (const [name, act, description] of [
    ["hand-on", "hand_on", "Hands an item on, where you are asked."],
    ["reassign", "reassign", "Asks somebody else, by who runs the campaign."],
  ] as const) {
    on(
      command,
      `${name} <campaign> <item>`,
      `${name} quarterly-2026-q4 4f0c2a --to ben@example.com --because "he owns this service"`,
      description,
    )
      .requiredOption("--to <email>", "who decides instead")
      .requiredOption("--because <text>", "why")
      .action(async (campaign: string, item: string, options: HandOptions) =>
        run((made) => made.handItem(environment, campaign, item, act, options)),
      );
  }
};

const addTickets: Add = (command, environment, run) => {
  on(
    command,
    "tickets <campaign>",
    "tickets quarterly-2026-q4 --out tickets --jira-project SEC",
    "Writes what has to be removed, and notes the tickets' keys: CSV, JSON, changes as text, Jira issues. Nothing is sent.",
  )
    .requiredOption("--out <directory>", "where the files go")
    .option("--jira-project <key>", "write jira.json for this project")
    .option("--jira-type <name>", "type of its issues", "Task")
    .action(async (campaign: string, options: TicketsOptions) =>
      run((made) => made.writeTickets(environment, campaign, options)),
    );
  on(
    command,
    "ticket <campaign> <item>",
    "ticket quarterly-2026-q4 2f8a1c0b --key PAY-123",
    "Notes another system's key on all revocations that stand in the ticket of an item.",
  )
    .requiredOption("--key <reference>", "how the other system names the ticket")
    .action(async (campaign: string, item: string, options: ReviewOptions & { readonly key: string }) =>
      run((made) => made.noteTicket(environment, campaign, item, options)),
    );
};

const addFiles: Add = (command, environment, run) => {
  on(
    command,
    "export <campaign>",
    "export quarterly-2026-q4 --xlsx --out mine.xlsx --as mia@example.com",
    "Writes what waits for you, to be decided in a spreadsheet.",
  )
    .addOption(new Option("--csv", "as CSV, the default").conflicts("xlsx"))
    .option("--xlsx", "as a workbook")
    .requiredOption("--out <file>", "where it goes")
    .action(async (campaign: string, options: ExportOptions) =>
      run((made) => made.exportItems(environment, campaign, options)),
    );
  on(
    command,
    "import <campaign> <file>",
    "import quarterly-2026-q4 mine.xlsx --dry-run --as mia@example.com",
    "Takes decisions of such a file back; ends with 2 where a row is refused, and records the others.",
  )
    .option("--dry-run", "tell what would become of each row, record nothing")
    .action(async (campaign: string, file: string, options: ReviewOptions & { readonly dryRun?: boolean }) =>
      run((made) => made.importDecisions(environment, campaign, file, options)),
    );
  on(
    command,
    "report <campaign>",
    "report quarterly-2026-q4 --out access-review",
    "Writes the evidence of a campaign: PDF, lists of items, decisions, revocations and reviewers, and a manifest.",
  )
    .requiredOption(
      "--out <directory>",
      "where the files go; an earlier report there is replaced once this one is whole",
    )
    .addOption(new Option("--page <size>", "paper").choices(["a4", "letter"]).default("a4"))
    .action(async (campaign: string, options: ReviewReportOptions) =>
      run((made) => made.writeReport(environment, campaign, options)),
    );
  on(
    command,
    "sample <campaign>",
    'sample quarterly-2026-q4 --word "lakeside 4711" --size 25 --as olga@audit.example',
    "Draws an auditor's sample from the sealed population, which anybody can draw again.",
  )
    .addOption(new Option("--word <nonce>", "a word that the auditor makes up now").conflicts("idsFile"))
    .addOption(new Option("--size <n>", "how many items").argParser(wholeNumber).default(25))
    .option("--ids-file <file>", "in its place: ids that the auditor chose, one a line")
    .action(async (campaign: string, options: SampleOptions) =>
      run((made) => made.drawSample(environment, campaign, options)),
    );
};

const addRequests: Add = (command, environment, run) => {
  const requests = command
    .command("requests")
    .description("Requests for access: who asks, who approves, until when.")
    .addHelpText("after", "\nExample:\n  $ countersign review requests list");
  on(requests, "list", "list --state requested", "Requests that you may see, the newest first.")
    .addOption(
      new Option("--state <state>", "of this state").choices([
        "requested",
        "approved",
        "refused",
        "withdrawn",
      ]),
    )
    .action(async (options: ReviewOptions) => run((made) => made.listRequests(environment, options)));
  on(
    requests,
    "add",
    'add --for ada@example.com --secret "kv/payments/*" --action read --because "nightly settlement" --until 2026-12-31',
    "Asks for access.",
  )
    .requiredOption("--for <principal>", "whose access: a principal, or a person's email")
    .requiredOption("--secret <id...>", "ids of secrets, or patterns with *")
    .addOption(
      new Option("--action <action...>", "what for").choices([...GRANT_ACTIONS]).makeOptionMandatory(),
    )
    .requiredOption("--because <text>", "what the business needs it for")
    .addOption(new Option("--from <day>", "when it begins").argParser(instant))
    .addOption(new Option("--until <day>", "its last day, or an instant (RFC 3339)").argParser(ending))
    .action(async (options: AddOptions) => run((made) => made.addRequest(environment, options)));
  for (const [name, approved, description] of [
    ["approve", true, "Approves a request, as the manager or as security."],
    ["refuse", false, "Refuses a request."],
  ] as const) {
    on(requests, `${name} <request>`, `${name} req-4f0c… --as mia@example.com`, description)
      .option("--because <text>", "a remark")
      .action(async (request: string, options: ReviewOptions & { readonly because?: string }) =>
        run((made) => made.answerRequest(environment, request, approved, options)),
      );
  }
};

const addUpkeep: Add = (command, environment, run) => {
  on(
    command,
    "raise",
    "raise --as cora@example.com",
    "Opens reviews of people who left and have access, and of those who moved and were not reviewed since.",
  ).action(async (options: ReviewOptions) => run((made) => made.raiseReviews(environment, options)));
  on(
    command,
    "tick",
    "tick --as cora@example.com --json",
    "Does what is due by itself, for a schedule: starts, raises, reminds, does what no_answer says, verifies, notifies.",
  )
    .option("--open", "open campaigns that it starts; without, somebody looks at their population first")
    .action(async (options: ReviewOptions & { readonly open?: boolean }) =>
      run((made) => made.tick(environment, options)),
    );
  on(
    command,
    "notify",
    "notify --as cora@example.com --json",
    "Posts reminders, escalations, leavers, movers and tickets that are not delivered yet to review.webhook; ends with 3 where one fails.",
  )
    .option("--again", "those that were given up too")
    .action(async (options: ReviewOptions & { readonly again?: boolean }) =>
      run((made) => made.notifyNow(environment, options)),
    );
  // Nobody is asked who they are: it tells counts alone.
  command
    .command("check")
    .description("Compares journal, ledger, documents and tables; ends with 4 where they differ.")
    .addHelpText("after", "\nExample:\n  $ countersign review check")
    .addOption(configOption())
    .action(async (options: ReviewOptions) => run((made) => made.checkReview(environment, options)));
};

function instant(text: string): string {
  const found = firstInstant(text);
  if (found !== undefined) return found;
  throw new InvalidArgumentError("expected an instant by RFC 3339, or the beginning of one, e.g. 2026-12-31");
}

function ending(text: string): string {
  const found = endOf(text);
  if (found !== undefined) return found;
  throw new InvalidArgumentError("expected a day such as 2026-12-31, or an instant by RFC 3339");
}

function digest(text: string): string {
  if (/^[0-9a-f]{8,64}$/i.test(text)) return text;
  throw new InvalidArgumentError("expected 8 to 64 hexadecimal digits");
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("expected a whole number from 1");
}

/** `review …`: access reviews on the command line. */
export const reviewCommand = commandGroup({
  name: "review",
  description: "Runs access reviews: who may reach each secret is certified or revoked by people.",
  epilogue: EPILOGUE,
  load: commands,
  adding: [addCampaigns, addSteps, addItems, addDecisions, addFiles, addTickets, addRequests, addUpkeep],
});
