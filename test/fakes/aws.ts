import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** A question as it came: what the SDK made of it. */
export interface AwsQuestion {
  readonly service: string;
  /** E.g. `ListSecrets`. */
  readonly action: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** What AWS would say: members of the output, an error, or anything at all. */
export type AwsAnswer =
  | { readonly output: object }
  | { readonly bytes: Uint8Array; readonly headers?: Readonly<Record<string, string>> }
  /** Never says anything. */
  | { readonly held: true }
  | { readonly error: string; readonly status?: number; readonly message?: string }
  | { readonly text: string; readonly status?: number; readonly headers?: Readonly<Record<string, string>> };

export interface FakeAws {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  readonly seen: readonly AwsQuestion[];
  close(): Promise<void>;
}

/** Services that answer in XML; the others speak JSON. EC2 and S3 have their own words for lists. */
const XML = new Set(["ec2", "iam", "s3", "s3-control", "sts"]);

/** Services of which an address, not a name, says what is asked; the first that fits. */
const ADDRESSES: readonly (readonly [service: string, address: RegExp, action: string])[] = [
  ["guardduty", /^\/detector\/[^/?]+/, "GetDetector"],
  ["guardduty", /^\/detector/, "ListDetectors"],
  ["s3-control", /^\/v20180820\/configuration\/publicAccessBlock/, "GetPublicAccessBlock"],
  ["s3", /[?&]list-type=2/, "ListObjectsV2"],
  ["s3", /[?&]x-id=GetObject(&|$)/, "GetObject"],
  ["s3", /[?&]encryption/, "GetBucketEncryption"],
  ["s3", /[?&]object-lock/, "GetObjectLockConfiguration"],
  ["s3", /[?&]policy/, "GetBucketPolicy"],
  ["s3", /[?&]publicAccessBlock/, "GetPublicAccessBlock"],
  ["s3", /[?&]versioning/, "GetBucketVersioning"],
  ["securityhub", /^\/accounts/, "DescribeHub"],
];

/** Services that sign by another name. */
const CALLED: Readonly<Record<string, string>> = { monitoring: "cloudwatch" };

const MAX_BODY_BYTES = 1024 * 1024;

/** A server on loopback that speaks the wire formats of AWS's query and JSON services, and checks no signature. */
export async function fakeAws(answer: (question: AwsQuestion) => AwsAnswer): Promise<FakeAws> {
  const seen: AwsQuestion[] = [];
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const question = questionOf(request, body);
      seen.push(question);
      const said = answer(question);
      if ("held" in said) return;
      const { status, text, headers } = written(question, said);
      response.writeHead(status, headers).end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    seen,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > MAX_BODY_BYTES) throw new Error("too long");
  }
  return text;
}

function questionOf({ headers, url = "" }: IncomingMessage, body: string): AwsQuestion {
  const [, accessKeyId = "", region = "", signedAs = ""] =
    /Credential=([^/]+)\/\d+\/([^/]+)\/([^/]+)\//.exec(headers.authorization ?? "") ?? [];
  const service = url.startsWith("/v20180820/") ? "s3-control" : (CALLED[signedAs] ?? signedAs);
  const target = String(headers["x-amz-target"] ?? "");
  const signed = { accessKeyId, region, service };
  if (target !== "") {
    const input = JSON.parse(body === "" ? "{}" : body) as AwsQuestion["input"];
    return { ...signed, action: target.slice(target.lastIndexOf(".") + 1), input };
  }
  const addressed = ADDRESSES.find(([of, address]) => of === service && address.test(url));
  if (addressed !== undefined) {
    const { pathname: path, searchParams } = new URL(url, "http://127.0.0.1");
    const input = { ...Object.fromEntries(searchParams), path };
    return { ...signed, action: addressed[2], input };
  }
  const input = Object.fromEntries(new URLSearchParams(body));
  // Who asks for a role by a token of somebody else's signs nothing.
  return { ...signed, service: service === "" ? "sts" : service, action: input["Action"] ?? "", input };
}

function written({ service, action }: AwsQuestion, answer: Exclude<AwsAnswer, { readonly held: true }>) {
  if ("bytes" in answer) return { status: 200, text: answer.bytes, headers: answer.headers ?? {} };
  if ("text" in answer)
    return { status: answer.status ?? 200, text: answer.text, headers: answer.headers ?? {} };
  const xml = XML.has(service);
  const headers = {
    "content-type": xml ? "text/xml" : "application/x-amz-json-1.1",
    "x-amzn-requestid": "r-1",
  };
  if ("error" in answer) {
    const { error, status = 400, message = "no" } = answer;
    return {
      status,
      headers,
      text: xml ? xmlError(service, error, message) : JSON.stringify({ __type: error, message }),
    };
  }
  if (!xml) return { status: 200, headers, text: jsonOf(service, answer.output) };
  if (service === "s3" || service === "s3-control")
    return { status: 200, headers, text: bucketWords(answer.output) };
  const inner = xmlOf(answer.output, service === "ec2" ? "item" : "member", service === "ec2");
  const text =
    service === "ec2"
      ? `<${action}Response><requestId>r-1</requestId>${inner}</${action}Response>`
      : `<${action}Response><${action}Result>${inner}</${action}Result></${action}Response>`;
  return { status: 200, headers, text };
}

/** GuardDuty's names begin small. Security Hub writes instants as texts. */
function jsonOf(service: string, output: object): string {
  if (service === "securityhub") return JSON.stringify(output);
  return JSON.stringify(service === "guardduty" ? smallNames(output) : output, secondsOf);
}

function smallNames(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(smallNames);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [small(key), smallNames(inner)]));
}

function small(name: string): string {
  return `${name.slice(0, 1).toLowerCase()}${name.slice(1)}`;
}

/** A policy as it is; of anything else the one member is the document, and lists have no element of their own. */
function bucketWords(output: object): string {
  if ("Policy" in output) return String(output.Policy);
  const text = Object.entries(output)
    .map(([key, value]) => flatXml(key, value))
    .join("");
  return Object.keys(output).length === 1 && typeof Object.values(output)[0] === "object"
    ? text
    : `<VersioningConfiguration>${text}</VersioningConfiguration>`;
}

function flatXml(key: string, value: unknown): string {
  if (Array.isArray(value)) return value.map((each) => flatXml(key.replace(/s$/, ""), each)).join("");
  const inner =
    typeof value === "object" && value !== null
      ? Object.entries(value)
          .map(([name, each]) => flatXml(name, each))
          .join("")
      : escaped(String(value));
  return `<${key}>${inner}</${key}>`;
}

/** Instants stand as seconds since 1970 in this JSON. */
function secondsOf(_key: string, value: unknown): unknown {
  const instant = typeof value === "string" && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value);
  return instant ? Date.parse(value) / 1000 : value;
}

function xmlError(service: string, code: string, message: string): string {
  const error = `<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  if (service === "s3") return error;
  return service === "ec2"
    ? `<Response><Errors>${error}</Errors><RequestID>r-1</RequestID></Response>`
    : `<ErrorResponse>${error}<RequestId>r-1</RequestId></ErrorResponse>`;
}

const EC2_NAMES: Readonly<Record<string, string>> = {
  Regions: "regionInfo",
  Endpoint: "regionEndpoint",
  Tags: "tagSet",
  VpcEndpoints: "vpcEndpointSet",
  Vpcs: "vpcSet",
};

function xmlOf(value: unknown, item: string, ec2: boolean): string {
  if (Array.isArray(value))
    return value.map((each) => `<${item}>${xmlOf(each, item, ec2)}</${item}>`).join("");
  if (typeof value !== "object" || value === null) return escaped(String(value));
  return Object.entries(value)
    .map(([key, inner]) => {
      const name = ec2 ? (EC2_NAMES[key] ?? small(key)) : key;
      return `<${name}>${xmlOf(inner, item, ec2)}</${name}>`;
    })
    .join("");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
