import { isKey } from "./assignments.ts";
import { isMadeUp, isRandom } from "./stand-ins.ts";

/** What a credential looks like in a file: `pattern` holds the group `found`. */
export interface FilePattern {
  readonly rule: string;
  /** One of these stands in every text that the pattern finds something in, so that most texts need no search. Absent: always searched. */
  readonly cues?: readonly string[];
  readonly pattern: RegExp;
  readonly holds?: (found: string, line: string) => boolean;
}

const BEFORE = String.raw`(?<![\w-])`;
const AFTER = String.raw`(?![\w-])`;

const fixed = (rule: string, cues: readonly string[], looks: string): FilePattern => ({
  rule,
  cues,
  pattern: new RegExp(`${BEFORE}(?<found>${looks})${AFTER}`, "dg"),
  holds: (found) => !isMadeUp(found),
});

/** A key without a mark of its own, behind the vendor's name and a name for it. */
const named = (rule: string, cues: readonly string[], name: string, looks: string): FilePattern => ({
  rule,
  cues,
  pattern: new RegExp(
    `${name}["'\\]]{0,2}[ \\t]{0,8}(?:=>|:=|=|:)[ \\t]{0,8}["'\`]?(?<found>${looks})${AFTER}`,
    "dg",
  ),
  holds: (found) => isRandom(found, 2.8),
});

/**
 * Formats beyond secretlint's recommended rules. Each is what its vendor documents, or what its own tools write; where a vendor
 * documents none, the name beside it is asked for.
 */
export const VENDOR_PATTERNS: readonly FilePattern[] = [
  {
    // Microsoft Learn, "Configure Azure Storage connection strings": 64 bytes in base64.
    rule: "azure-storage-key",
    cues: ["=="],
    pattern:
      /(?:AccountKey|SharedAccessKey|account_?key|storage_?(?:account_?)?key|accessKey)["']?[ \t]{0,4}[=:][ \t]{0,4}["']?(?<found>[A-Za-z0-9+/]{86}==)/dgi,
    holds: (found) => isRandom(found, 4),
  },
  {
    // Microsoft Learn, "Event Hubs / Service Bus connection string": 32 bytes in base64.
    rule: "azure-shared-access-key",
    cues: ["SharedAccessKey="],
    pattern: /SharedAccessKey=(?<found>[A-Za-z0-9+/]{43}=)/dg,
    holds: (found) => isRandom(found, 3.5),
  },
  {
    // Microsoft Learn, "Create a service SAS": an HMAC-SHA256 in base64, beside the version and an expiry.
    rule: "azure-sas",
    cues: ["sig="],
    pattern:
      /(?=[?&"';](?:[a-z]{2,5}=[^&\s"'<>]{1,128}&(?:amp;)?){1,16}sig=)(?=[^\s"'<>]{0,1024}(?:sv=20\d\d-\d\d-\d\d|se=20\d\d-))[?&"';][^\s"'<>]{0,1024}?sig=(?<found>[A-Za-z0-9+/]{43}=|[A-Za-z0-9%]{43,80}%3[Dd])/dg,
    holds: (found) => isRandom(found, 3.5),
  },
  // Microsoft's credential scanner rules (SEC101/156): Entra client secrets carry `7Q~` to `9Q~` behind three characters.
  fixed("azure-client-secret", ["Q~"], String.raw`[A-Za-z0-9_~.]{3}[78]Q~[A-Za-z0-9_~.-]{31,34}`),
  // Twilio docs, "Auth tokens" and "API keys": 32 hex digits, 32 letters and digits; SIDs (AC…, SK…) are ids.
  named(
    "twilio",
    ["wilio", "WILIO"],
    String.raw`(?:twilio|TWILIO|Twilio)[\w.-]{0,32}?(?:auth_?token|AUTH_?TOKEN|AuthToken|authToken|secret|SECRET|Secret|token|TOKEN)`,
    "[A-Za-z0-9]{32}",
  ),
  // Datadog docs, "API and Application Keys": 32 and 40 hex digits.
  named(
    "datadog",
    ["atadog", "ATADOG", "DD_", "dd_"],
    String.raw`(?:datadog|DATADOG|Datadog|\bDD|\bdd)[\w.-]{0,24}?(?:key|KEY|Key)`,
    "[0-9a-f]{32}(?:[0-9a-f]{8})?",
  ),
  // PyPI help, "API tokens": a macaroon whose location is one of the two indexes.
  fixed("pypi-token", ["pypi-Ag"], String.raw`pypi-Ag(?:EIcHlwaS5vcmc|ENdGVzdC5weXBpLm9yZw)[\w-]{50,1024}`),
  // Atlassian support, "API tokens", "Bitbucket access tokens", "App passwords": prefixes since 2022.
  fixed("atlassian-token", ["ATATT3x", "ATCTT3x"], String.raw`AT[AC]TT3xFf[A-Za-z0-9+/=_-]{60,250}`),
  fixed("bitbucket-app-password", ["ATBB"], String.raw`ATBB[A-Za-z0-9]{32}`),
  // Telegram Bot API, "Authorizing your bot": the bot's id, a colon, 35 characters.
  fixed("telegram-bot-token", [":AA"], String.raw`[0-9]{8,10}:AA[\w-]{33}`),
  // age's own README and `age-keygen`: Bech32 in capitals; post-quantum keys since 1.3.
  fixed(
    "age-secret-key",
    ["AGE-SECRET-KEY-"],
    String.raw`AGE-SECRET-KEY-(?:1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}|PQ-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58,128})`,
  ),
  // HCP Terraform docs, "API tokens": 14 characters, `.atlasv1.`, 60 and more.
  fixed("terraform-cloud-token", [".atlasv1."], String.raw`[A-Za-z0-9]{14}\.atlasv1\.[\w-]{60,70}`),
  // DigitalOcean, "New token formats": personal, OAuth, refresh.
  fixed("digitalocean-token", ["_v1_"], String.raw`do[opr]_v1_[a-f0-9]{64}`),
  // RubyGems guides, "API key scopes".
  fixed("rubygems-key", ["rubygems_"], String.raw`rubygems_[a-f0-9]{48}`),
  // crates.io, RFC 3231 "token format".
  fixed("crates-io-token", ["cio"], String.raw`cio[A-Za-z0-9]{32}`),
  // NuGet docs, "Scoped API keys".
  fixed("nuget-key", ["oy2"], String.raw`oy2[a-z0-9]{43}`),
  // New Relic docs, "API keys".
  fixed("new-relic-key", ["NRAK-"], String.raw`NRAK-[A-Z0-9]{27}`),
  // Pulumi docs, "Access tokens".
  fixed("pulumi-token", ["pul-"], String.raw`pul-[a-f0-9]{40}`),
  // Postman docs, "API keys".
  fixed("postman-key", ["PMAK-"], String.raw`PMAK-[a-f0-9]{24}-[a-f0-9]{34}`),
  // PlanetScale docs, "Service tokens" and "Passwords".
  fixed("planetscale-credential", ["pscale_"], String.raw`pscale_(?:tkn|oauth|pw)_[\w=.-]{32,64}`),
  // Doppler docs, "Token types".
  fixed(
    "doppler-token",
    ["dp."],
    String.raw`dp\.(?:ct|pt|scim|audit|sa)\.[A-Za-z0-9]{40,44}|dp\.st\.(?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{40,44}`,
  ),
  // Sentry docs, "Auth tokens".
  fixed("sentry-token", ["sntry"], String.raw`sntry(?:u_[a-f0-9]{64}|s_eyJ[A-Za-z0-9+/=_-]{40,512})`),
  // Google Identity docs: OAuth client secrets.
  fixed("google-oauth-secret", ["GOCSPX-"], String.raw`GOCSPX-[\w-]{28}`),
  // Heroku changelog 2024, "New API key format".
  fixed("heroku-key", ["HRKU-"], String.raw`HRKU-AA[\w-]{58}`),
  // Discord developer docs, "Webhooks": whoever has the address may post.
  {
    rule: "discord-webhook",
    cues: ["/api/webhooks/"],
    pattern: /discord(?:app)?\.com\/api\/webhooks\/\d{17,20}\/(?<found>[\w-]{60,72})/dg,
    holds: (found) => isRandom(found),
  },
  // Mailgun docs, "API keys" (32 hex digits behind `key-`); Mailchimp docs, "API keys" (32 hex digits with the data centre).
  fixed("mailgun-key", ["key-"], String.raw`key-[0-9a-f]{32}`),
  fixed(
    "mailchimp-key",
    ["-us1", "-us2", "-us3", "-us4", "-us5", "-us6", "-us7", "-us8", "-us9"],
    String.raw`[0-9a-f]{32}-us\d{1,2}`,
  ),
  {
    // Kubernetes, "Organizing cluster access using kubeconfig files": a PEM key in base64.
    rule: "kubeconfig-client-key",
    cues: ["LS0tLS1CRUdJTi"],
    pattern: /(?<![A-Za-z0-9+/])(?<found>LS0tLS1CRUdJTi[A-Za-z0-9+/]{64,8192}={0,2})/dg,
    holds: (found) => /PRIVATE KEY-----/.test(Buffer.from(found.slice(0, 128), "base64").toString("latin1")),
  },
  {
    // Docker docs, "docker login": user and password in base64.
    rule: "docker-auth",
    cues: ['"auth"'],
    pattern: /"auth"[ \t]{0,4}:[ \t]{0,4}"(?<found>[A-Za-z0-9+/]{12,1024}={0,2})"/dg,
    holds: (found) =>
      /^[\w$.@+-]{1,128}:[\x21-\x7e]{6,}$/.test(Buffer.from(found, "base64").toString("latin1")),
  },
  {
    // curl manual, ".netrc".
    rule: "netrc-password",
    cues: ["machine "],
    pattern:
      /(?:^|\n)[ \t]{0,8}machine[ \t]+\S{1,256}\s{1,8}login[ \t]+\S{1,256}\s{1,8}password[ \t]+(?<found>\S{4,256})/dg,
    holds: (found) => !isMadeUp(found) && !/^[<$%{*]/.test(found),
  },
  {
    // RFC 7519: a signed token, whose header and claims are JSON.
    rule: "jwt",
    cues: ["eyJ"],
    pattern: /(?<![\w-])(?<found>eyJ[\w-]{10,4096}\.eyJ[\w-]{10,8192}\.[\w-]{20,2048})/dg,
    holds: isToken,
  },
  // RFC 7518, 3.2: what signs HS256 tokens is at least 32 bytes, which nobody types by heart: names of it, and what a machine made.
  {
    rule: "jwt-signing-secret",
    pattern:
      /(?:jwt|JWT|Jwt)[_-]?(?:signing[_-]?|SIGNING[_-]?)?(?:secret|SECRET|Secret|key|KEY|Key)(?:[_-]?(?:key|KEY|Key))?["'\]]{0,2}[ \t]{0,8}(?:=>|:=|=|:)[ \t]{0,8}["'`]?(?<found>[\w+/=.~!@#$%^&*-]{16,512})(?=["'`\s]|$)/dgm,
    cues: ["jwt", "JWT", "Jwt"],
    holds: isKey,
  },
];

function isToken(found: string): boolean {
  if (isMadeUp(found)) return false;
  const [header = "", claims = ""] = found.split(".");
  return jsonObject(header)?.["alg"] !== undefined && jsonObject(claims) !== undefined;
}

function jsonObject(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
