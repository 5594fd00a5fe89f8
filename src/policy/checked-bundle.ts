// Made by `npm run generate`.

/** SHA-256 of `policies/bundle.tar.gz`, checked when it was built: to do that at each start would take a third of a small run of the gate. */
export const CHECKED_BUNDLE = "3521f46399b1e94dd09636b96bd26d3917203ee4bd34cff0db8455890bce2f13";
