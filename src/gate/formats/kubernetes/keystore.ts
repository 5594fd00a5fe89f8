/** Bags of PKCS #12 that hold a private key, in clear or under a password. Source: RFC 7292, appendix D, `keyBag` and `pkcs8ShroudedKeyBag`. */
const KEY_BAGS = ["060b2a864886f70d010c0a0101", "060b2a864886f70d010c0a0102"].map((hex) =>
  Buffer.from(hex, "hex"),
);

/**
 * How DER begins behind its length: `PFX` with version 3 is a PKCS #12, the others are private keys. Sources: RFC 7292, section 4; RFC 5958, section
 * 2 (version 0 or 1, then an algorithm); RFC 8017, appendix A.1.2 (version 0, then a modulus); RFC 5915, section 3 (version 1, then 16 to 66 bytes);
 * RFC 5958, section 3 (encrypted, by an algorithm of PKCS #5).
 */
const PKCS12 = /^020103/;
const PRIVATE_KEY =
  /^(?:02010[01]30|02010002|020101(?:0410|041c|0420|0430|0442)|30(?:81)?..06092a864886f70d0105)/;

/** Entries of Java's key stores. Source: OpenJDK, `sun.security.provider.JavaKeyStore` and `com.sun.crypto.provider.JceKeyStore`. */
const JKS = 0xfe_ed_fe_ed;
const JCEKS = 0xce_ce_ce_ce;

/** Names of stores of keys that are not known by how they begin, such as those of Bouncy Castle and KeePass. */
const BY_NAME = /\.(?:bks|jceks|jks|kdbx|keystore|p12|pfx)$/i;

/** Whether bytes that are no text hold a private key: a key store with one, or the key itself. A store of certificates alone holds none. */
export function holdsPrivateKey(name: string, bytes: Buffer): boolean {
  const magic = bytes.length < 12 ? 0 : bytes.readUInt32BE(0);
  if (magic === JKS || magic === JCEKS) return javaEntriesHoldKey(bytes);
  const start = derContent(bytes);
  const beginning = start === undefined ? "" : bytes.toString("hex", start, start + 16);
  if (PKCS12.test(beginning)) return KEY_BAGS.some((bag) => bytes.includes(bag));
  return PRIVATE_KEY.test(beginning) || BY_NAME.test(name);
}

/** Where the content of a sequence begins that all of DER or BER is; undefined of anything else. */
function derContent(bytes: Buffer): number | undefined {
  const [tag, length = 0] = bytes;
  if (tag !== 0x30) return undefined;
  return length > 0x80 && length <= 0x84 ? 2 + (length - 0x80) : 2;
}

/** Entries stand one behind another; certificates (2) are skipped. What is cut off, or of an unknown kind, may hold a key. */
function javaEntriesHoldKey(bytes: Buffer): boolean {
  const count = bytes.readUInt32BE(8);
  let offset = 12;
  try {
    for (let nth = 0; nth < count; nth += 1) {
      if (bytes.readUInt32BE(offset) !== 2) return true;
      offset += 4;
      offset += 2 + bytes.readUInt16BE(offset) + 8;
      offset += 2 + bytes.readUInt16BE(offset);
      offset += 4 + bytes.readUInt32BE(offset);
    }
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
    return true;
  }
  return false;
}
