/** `127.0.0.0/8` in four decimal parts, as the parser of `http:` URLs writes it however it was spelt. */
const LOOPBACK = /^(?:localhost|127(?:\.(?:\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])){3}|\[::1\])$/i;

/** Whether a URL's host is this machine and nothing else; a name that may lead elsewhere is not. */
export function isLoopback(hostname: string): boolean {
  return LOOPBACK.test(hostname);
}

/**
 * Whether what is sent to this address goes over a network unencrypted: by `http`, to another host than this one. What is
 * no URL is not.
 */
export function sentInClear(address: string): boolean {
  const url = URL.parse(address);
  return url?.protocol === "http:" && !isLoopback(url.hostname);
}
