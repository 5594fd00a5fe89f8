// Made by `npm run generate`.

/** SHA-256 of `policies/bundle.tar.gz`, checked when it was built: to do that at each start would take a third of a small run of the gate. */
export const CHECKED_BUNDLE = "dd28cb8b6c8a71c1a6654fb6a305c259b57132f2660b51f7d1c010f3ab906e57";
