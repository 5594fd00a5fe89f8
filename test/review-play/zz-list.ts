import { processEnvironment } from "../../src/cli/environment.ts";
import { openDesk } from "../../src/cli/review-desk.ts";
const dir = process.argv[2]!;
process.chdir(dir);
process.env.OIDC_SECRET = "x";
const env = processEnvironment(new AbortController().signal);
const opened = await openDesk(env, { config: dir + "/countersign.yaml" } as never);
const cora = { who: "cora@larkspur.example", roles: ["compliance", "reviewer"] } as const;
let id; try { id = await opened.desk.running.start(cora, "quarterly"); } catch (e) { id = "quarterly-2026-q4"; }
const all = await opened.desk.reading.items(cora, id, { whose: "all", sort: "principal", offset: 0, limit: 200 });
for (const { item, reviewer, assigned_because } of all.rows) console.log([item.principal.name, item.secrets.count, item.secrets.owner, item.secrets.tier, item.actions.join("+"), item.path.at(-1), item.needs.reviewers + (item.needs.security ? "+s":""), item.recommendation.kind, item.recommendation.reason, reviewer, item.usage.known ? item.usage.read_count : "?", item.request?.request_id, item.privileged].join(" ; "));
const c = await opened.desk.reading.campaign(cora, id);
console.log(JSON.stringify(c.campaign.population, undefined, 1));
await opened.close();
