/** Harbour & Pine Payments: a fictional company. Nobody here exists. */

export const COMPANY = "Harbour & Pine Payments";
export const DOMAIN = "harbourpine.example";
export const LDAP_SUFFIX = "dc=harbourpine,dc=example";

export const TEAMS = [
  "payments",
  "ledger",
  "risk",
  "platform",
  "data",
  "support",
  "mobile",
  "security",
] as const;
export type Team = (typeof TEAMS)[number];

export interface Person {
  /** Login name in the directory. */
  readonly login: string;
  readonly name: string;
  readonly team: Team;
  readonly title: string;
  /** `contractor` and `break-glass` log in with a password of the store's own, everybody else through the directory. */
  readonly kind: "employee" | "leaver" | "contractor" | "break-glass";
  /** Days since the person's identity was made. */
  readonly sinceDays: number;
}

const person = (
  login: string,
  name: string,
  team: Team,
  title: string,
  sinceDays: number,
  kind: Person["kind"] = "employee",
): Person => ({ login, name, team, title, kind, sinceDays });

export const PEOPLE: readonly Person[] = [
  person("a.lindqvist", "Astrid Lindqvist", "payments", "Engineering manager", 688),
  person("b.okafor", "Benedict Okafor", "payments", "Staff engineer", 671),
  person("c.moreau", "Camille Moreau", "payments", "Engineer", 402),
  person("d.sato", "Daichi Sato", "payments", "Engineer", 233),
  person("e.vargas", "Elena Vargas", "payments", "Engineer", 61),
  person("f.nowak", "Filip Nowak", "ledger", "Engineering manager", 655),
  person("g.hassan", "Ghada Hassan", "ledger", "Senior engineer", 540),
  person("h.ozturk", "Hakan Öztürk", "ledger", "Engineer", 318),
  person("i.petrova", "Irina Petrova", "ledger", "Engineer", 129),
  person("j.adeyemi", "Jide Adeyemi", "risk", "Head of risk engineering", 601),
  person("k.larsen", "Kirsten Larsen", "risk", "Data scientist", 377),
  person("l.fernandes", "Luís Fernandes", "risk", "Engineer", 204),
  person("m.rossi", "Martina Rossi", "risk", "Analyst", 88),
  person("n.mbeki", "Naledi Mbeki", "platform", "Head of platform", 700),
  person("o.karlsson", "Olle Karlsson", "platform", "Staff engineer", 695),
  person("p.iyer", "Priya Iyer", "platform", "Site reliability engineer", 512),
  person("q.tran", "Quynh Tran", "platform", "Site reliability engineer", 290),
  person("r.dubois", "Rémi Dubois", "platform", "Engineer", 45),
  person("s.abebe", "Selam Abebe", "data", "Data engineering lead", 588),
  person("t.wagner", "Tobias Wagner", "data", "Data engineer", 411),
  person("u.kapoor", "Uma Kapoor", "data", "Data engineer", 166),
  person("v.santos", "Vitória Santos", "support", "Head of support", 470),
  person("w.byrne", "Will Byrne", "support", "Support engineer", 256),
  person("x.chen", "Xiulan Chen", "support", "Support engineer", 97),
  person("y.haddad", "Yusuf Haddad", "mobile", "Mobile lead", 523),
  person("z.kowalska", "Zofia Kowalska", "mobile", "Engineer", 188),
  person("a.mensah", "Abena Mensah", "security", "Head of security", 690),
  person("b.jansen", "Bram Jansen", "security", "Security engineer", 433),
  person("c.iwu", "Chidi Iwu", "security", "Security engineer", 150),
  person("d.farrell", "Deirdre Farrell", "security", "Compliance manager", 362),
  person("h.brandt", "Henrik Brandt", "ledger", "Engineer (left)", 644, "leaver"),
  person("s.costa", "Sofia Costa", "payments", "Engineer (left)", 580, "leaver"),
  person("ext-m.duarte", "Mateus Duarte", "mobile", "Contractor, Tidewater Labs", 210, "contractor"),
  person("ext-k.obrien", "Kiera O'Brien", "data", "Contractor, Tidewater Labs", 143, "contractor"),
  person("ext-l.haas", "Lukas Haas", "platform", "Contractor, Northgate IT", 498, "contractor"),
  person("break-glass-1", "Emergency access 1", "security", "Sealed envelope, safe A", 660, "break-glass"),
  person("break-glass-2", "Emergency access 2", "security", "Sealed envelope, safe B", 660, "break-glass"),
];

export interface Service {
  readonly name: string;
  readonly team: Team;
  readonly login: "approle" | "kubernetes" | "jwt" | "cert";
  readonly sinceDays: number;
  /** False: nobody is named as its owner. */
  readonly owned: boolean;
}

const service = (
  name: string,
  team: Team,
  login: Service["login"],
  sinceDays: number,
  owned = true,
): Service => ({ name, team, login, sinceDays, owned });

export const SERVICES: readonly Service[] = [
  service("checkout-api", "payments", "kubernetes", 640),
  service("card-vault", "payments", "kubernetes", 690),
  service("payout-engine", "payments", "kubernetes", 377),
  service("webhook-relay", "payments", "kubernetes", 220),
  service("pos-gateway", "payments", "cert", 505),
  service("general-ledger", "ledger", "kubernetes", 655),
  service("settlement-batch", "ledger", "approle", 612),
  service("reconciler", "ledger", "approle", 301),
  service("fraud-scoring", "risk", "kubernetes", 390),
  service("sanctions-screening", "risk", "approle", 288),
  service("chargeback-desk", "risk", "approle", 145),
  service("deploy-bot", "platform", "jwt", 480),
  service("terraform-runner", "platform", "jwt", 455),
  service("backup-agent", "platform", "approle", 670, false),
  service("metrics-shipper", "platform", "approle", 510),
  service("edge-proxy", "platform", "cert", 333),
  service("warehouse-loader", "data", "approle", 420),
  service("report-builder", "data", "approle", 265),
  service("feature-store", "data", "kubernetes", 112),
  service("ticket-sync", "support", "approle", 350, false),
  service("mobile-backend", "mobile", "kubernetes", 470),
  service("push-sender", "mobile", "approle", 199),
  service("release-signer", "security", "jwt", 244),
  service("old-invoicing", "ledger", "approle", 700, false),
];

/** Who is the contact of a team: the first of it. */
export function leadOf(team: Team): Person {
  return PEOPLE.find((candidate) => candidate.team === team)!;
}

export function mailOf(who: Person): string {
  return `${who.login}@${DOMAIN}`;
}

export function directoryLdif(passwords: ReadonlyMap<string, string>): string {
  const staff = PEOPLE.filter(({ kind }) => kind === "employee");
  const users = staff.map(
    (who) =>
      `dn: uid=${who.login},ou=people,${LDAP_SUFFIX}\nobjectClass: inetOrgPerson\nuid: ${who.login}\n` +
      `cn:: ${base64(who.name)}\nsn:: ${base64(who.name.split(" ").at(-1)!)}\nmail: ${mailOf(who)}\n` +
      `userPassword: ${passwords.get(who.login) ?? ""}\n`,
  );
  const groups = TEAMS.map((team) => {
    const members = staff.filter((who) => who.team === team);
    const lines = members.map((who) => `member: uid=${who.login},ou=people,${LDAP_SUFFIX}\n`).join("");
    return `dn: cn=${team},ou=groups,${LDAP_SUFFIX}\nobjectClass: groupOfNames\ncn: ${team}\n${lines}`;
  });
  const units = ["people", "groups"].map(
    (name) => `dn: ou=${name},${LDAP_SUFFIX}\nobjectClass: organizationalUnit\nou: ${name}\n`,
  );
  const root = `dn: ${LDAP_SUFFIX}\nobjectClass: domain\ndc: harbourpine\n`;
  return [root, ...units, ...users, ...groups].join("\n");
}

function base64(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}
