// Made by `npm run generate`.

/** SHA-256 of `policies/bundle.tar.gz`, checked when it was built: to do that at each start would take a third of a small run of the gate. */
export const CHECKED_BUNDLE = "eec45396e90b33fab559a53d709f5793acd618e1b675a2b9b1c4ec962477e36f";
