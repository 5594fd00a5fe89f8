import { createHash, createPublicKey, verify, type KeyObject } from "node:crypto";
import { createReadStream } from "node:fs";
import { basename } from "node:path";
import { createGunzip } from "node:zlib";
import { CountersignError, compareStrings, fileError, messageOf, sortedBy } from "../base/index.ts";
import { Digest, Type, compileSchema, type Static } from "../schema/index.ts";
import type { LocalFile } from "./inputs.ts";

/** Largest digest file, uncompressed: an hour's log files, some 400 bytes each. */
const MAX_DIGEST_BYTES = 64 * 1024 * 1024;

/** Most single findings that are told by name; the others are counted. */
const MAX_NAMED = 100;

const HEX = /^[0-9a-fA-F]{1,4096}$/;
const Hex = Type.String({ pattern: HEX.source });
const Name = Type.String({ maxLength: 1024 });
const Absent = Type.Null();

/** Of a digest file what is looked at. Source: "CloudTrail digest file structure", AWS CloudTrail User Guide. */
const DigestFile = Type.Object({
  digestEndTime: Name,
  digestS3Bucket: Name,
  digestS3Object: Name,
  digestPublicKeyFingerprint: Name,
  previousDigestS3Object: Type.Union([Name, Absent]),
  previousDigestHashValue: Type.Union([Digest, Absent]),
  previousDigestSignature: Type.Union([Hex, Absent]),
  logFiles: Type.Array(Type.Object({ s3Object: Name, hashValue: Digest })),
});

type DigestFile = Static<typeof DigestFile>;

const digestSchema = compileSchema(DigestFile);

const KeyList = compileSchema(
  Type.Object({ PublicKeyList: Type.Array(Type.Object({ Value: Type.String(), Fingerprint: Name })) }),
);

/** Public keys by their fingerprint. */
export type DigestKeys = ReadonlyMap<string, KeyObject>;

/** What CloudTrail's own digests say of log files. */
export interface DigestReport {
  readonly digests: number;
  /** Digests whose signature is one of CloudTrail's. */
  readonly signed: number;
  /** Log files that are as a digest says. */
  readonly log_files: number;
  /** What is not as it was delivered. */
  readonly broken: readonly string[];
  /** What could not be told. */
  readonly unproven: readonly string[];
}

/** A file to compare. `signature`: of a digest, in hexadecimal, as S3 keeps it beside the object. */
export type DeliveredFile = LocalFile & { readonly signature?: string };

/** A digest file as it was read. */
interface ReadDigest extends DigestFile {
  readonly source: string;
  readonly signature?: string;
  readonly sha256: string;
}

/** Whether a file is a digest by its name. */
export function isDigestName(name: string): boolean {
  return /_CloudTrail-Digest_[^/]*\.json\.gz$/.test(name);
}

/** Whether a file is one of CloudTrail's logs by its name. Source: "CloudTrail log file name format". */
export function isLogName(name: string): boolean {
  return /_CloudTrail_[a-z0-9-]+_\d{8}T\d{4}Z_[^/]*\.json\.gz$/.test(name);
}

/** The output of `aws cloudtrail list-public-keys`. E_INPUT. */
export function digestKeys(text: string, file: string): DigestKeys {
  try {
    const value: unknown = JSON.parse(text);
    if (!KeyList.fits(value)) throw new Error("no PublicKeyList");
    return new Map(
      value.PublicKeyList.map(({ Value, Fingerprint }) => [
        Fingerprint,
        createPublicKey({ key: Buffer.from(Value, "base64"), format: "der", type: "pkcs1" }),
      ]),
    );
  } catch (thrown) {
    throw new CountersignError(
      "E_INPUT",
      `expected CloudTrail's public keys in ${file}: ${messageOf(thrown)}`,
      {
        fix: `aws cloudtrail list-public-keys --start-time … --end-time … > ${basename(file)}`,
        cause: thrown,
      },
    );
  }
}

/**
 * Compares log files with the digests that lie among them, each digest with the one that follows it, and signatures with `keys`.
 * A digest's signature stands in the next one and beside the object in the bucket: of files alone the newest of each trail stays
 * unproven. Each file may go when the next is asked for. E_DISK, E_NOT_FOUND.
 */
export async function verifyDigests(
  files: AsyncIterable<DeliveredFile>,
  keys: DigestKeys,
): Promise<DigestReport> {
  const hashes = new Map<string, string | undefined>();
  const digests: ReadDigest[] = [];
  const broken: string[] = [];
  for await (const { path, source, signature } of files) {
    const isDigest = isDigestName(source);
    if (!isDigest && !isLogName(source)) continue;
    const read = await hashOf(path, isDigest ? MAX_DIGEST_BYTES : 0);
    if (!isDigest) hashes.set(basename(source), read?.sha256);
    else {
      const digest = read === undefined ? undefined : digestIn(read.content);
      if (read === undefined || digest === undefined)
        broken.push(`${source}: no digest file that can be read`);
      else {
        const own = signature === undefined || !HEX.test(signature) ? {} : { signature };
        digests.push({ ...digest, source, sha256: read.sha256, ...own });
      }
    }
  }
  const chain = ofChains(digests, keys);
  const logs = ofLogFiles(digests, hashes);
  return {
    digests: digests.length,
    signed: chain.signed,
    log_files: logs.proven,
    broken: some([...broken, ...chain.broken, ...logs.broken]),
    unproven: some([...chain.unproven, ...logs.unproven]),
  };
}

/** Source of what is signed: "Custom implementations of CloudTrail log file integrity validation". */
function signedText({
  digestEndTime,
  digestS3Bucket,
  digestS3Object,
  previousDigestSignature,
  sha256,
}: ReadDigest) {
  return `${digestEndTime}\n${digestS3Bucket}/${digestS3Object}\n${sha256}\n${previousDigestSignature ?? "null"}`;
}

interface Findings {
  readonly broken: string[];
  readonly unproven: string[];
}

function ofChains(digests: readonly ReadDigest[], keys: DigestKeys): Findings & { readonly signed: number } {
  const broken: string[] = [];
  const unproven: string[] = [];
  let signed = 0;
  let keyless = 0;
  for (const chain of Map.groupBy(digests, trailOf).values()) {
    const inOrder = sortedBy(
      chain,
      ({ digestEndTime, digestS3Object }) => `${digestEndTime} ${digestS3Object}`,
    );
    for (const [index, digest] of inOrder.entries()) {
      const { source, sha256, digestS3Object } = digest;
      if (basename(digestS3Object) !== basename(source))
        broken.push(`${source}: the digest of ${digestS3Object}`);
      const next = inOrder[index + 1];
      const follows = next?.previousDigestS3Object === digestS3Object;
      if (next !== undefined && !follows)
        unproven.push(`${next.source}: the digest before it is not among the files`);
      if (follows && next.previousDigestHashValue !== sha256)
        broken.push(`${source}: not as the next digest has it`);
      const signature = digest.signature ?? (follows ? next.previousDigestSignature : undefined);
      const key = keys.get(digest.digestPublicKeyFingerprint);
      if (signature === undefined) {
        if (next === undefined)
          unproven.push(`${source}: the newest digest, whose signature stands in the next one`);
      } else if (key === undefined) keyless += 1;
      else if (isSigned(digest, signature, key)) signed += 1;
      else broken.push(`${source}: a signature that is not CloudTrail's`);
    }
  }
  if (keyless > 0) unproven.push(`${keyless} digests of whose key nothing is known: --digest-keys`);
  return { broken, unproven, signed };
}

function isSigned(digest: ReadDigest, signature: string | null, key: KeyObject): boolean {
  return (
    signature !== null &&
    verify("sha256", Buffer.from(signedText(digest), "utf8"), key, Buffer.from(signature, "hex"))
  );
}

function ofLogFiles(
  digests: readonly ReadDigest[],
  hashes: ReadonlyMap<string, string | undefined>,
): Findings & { readonly proven: number } {
  const broken: string[] = [];
  const unproven: string[] = [];
  const named = new Set<string>();
  let proven = 0;
  for (const { s3Object, hashValue } of digests.flatMap(({ logFiles }) => logFiles)) {
    const name = basename(s3Object);
    named.add(name);
    if (!hashes.has(name)) unproven.push(`${s3Object}: named by a digest, and not among the files`);
    else if (hashes.get(name) === hashValue) proven += 1;
    else broken.push(`${s3Object}: not as CloudTrail delivered it`);
  }
  const strangers = [...hashes.keys()].filter((name) => !named.has(name));
  for (const name of strangers) unproven.push(`${name}: named by no digest`);
  return { broken, unproven, proven };
}

/** A trail's digests of one Region are a chain: their names differ in the instant alone. */
function trailOf({ digestS3Object }: ReadDigest): string {
  return basename(digestS3Object).replace(/_\d{8}T\d{6}Z/, "");
}

function some(told: readonly string[]): string[] {
  const sorted = [...told].sort(compareStrings);
  const more = sorted.length - MAX_NAMED;
  return more <= 0 ? sorted : [...sorted.slice(0, MAX_NAMED), `and ${more} more`];
}

function digestIn(content: Buffer): DigestFile | undefined {
  try {
    const value: unknown = JSON.parse(content.toString("utf8"));
    return digestSchema.fits(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** SHA-256 of a file's uncompressed bytes, and up to `keepBytes` of them; undefined for one that is no whole gzip. */
async function hashOf(
  path: string,
  keepBytes: number,
): Promise<{ readonly sha256: string; readonly content: Buffer } | undefined> {
  const hash = createHash("sha256");
  const kept: Buffer[] = [];
  let length = 0;
  const file = createReadStream(path, { highWaterMark: 1024 * 1024 });
  const unpacked = createGunzip();
  file.on("error", (error) => unpacked.destroy(error));
  try {
    for await (const chunk of file.pipe(unpacked)) {
      hash.update(chunk as Buffer);
      length += (chunk as Buffer).length;
      if (length <= keepBytes) kept.push(chunk as Buffer);
    }
  } catch (thrown) {
    if (String((thrown as NodeJS.ErrnoException).code).startsWith("Z_")) return undefined;
    throw fileError(thrown, path, "read");
  }
  return { sha256: hash.digest("hex"), content: Buffer.concat(kept) };
}
