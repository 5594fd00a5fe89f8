// Made by `npm run generate`.

/** SHA-256 of `policies/bundle.tar.gz`, checked when it was built: to do that at each start would take a third of a small run of the gate. */
export const CHECKED_BUNDLE = "41449967472b3f5ff56d8c3718990505332da41dc7f93c9e02696bbffe1a1f5e";
