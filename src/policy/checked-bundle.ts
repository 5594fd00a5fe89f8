// Made by `npm run generate`.

/** SHA-256 of `policies/bundle.tar.gz`, checked when it was built: to do that at each start would take a third of a small run of the gate. */
export const CHECKED_BUNDLE = "bffce032ab5b8195f1b4f57c7db5a274bceb7ddfaf9862224e3b57c301833c1f";
