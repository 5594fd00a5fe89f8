// Made by `npm run generate`.

/** SHA-256 of `policies/bundle.tar.gz`, checked when it was built: to do that at each start would take a third of a small run of the gate. */
export const CHECKED_BUNDLE = "ded35b3fe89737d045326f956bee44da486a64a6d1385784340455e6c0fb90e6";
