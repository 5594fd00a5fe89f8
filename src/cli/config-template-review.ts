/** The access review, its server and its state, as comments of `countersign.yaml`. */
export const REVIEW_LINES = `# Access reviews (docs/review.md): who may do what, who is behind an owner's name, what a campaign is like.
# review:
#   roles:
#     admin: { people: [vera.moss@example.com] }
#     compliance: { people: [cora.lind@example.com], groups: [grc] } # groups: as the identity provider of \`serve\` names them
#     security: { people: [sam.ruiz@example.com, kim.aalto@example.com] }
#     auditor: { people: [olga@audit.example] }
#   management: [vera.moss@example.com] # who acknowledges results; default: administrators
#   owners: { payments-team: [mia.hart@example.com] }
#   fallback: [vera.moss@example.com] # who is asked where nobody else is found
#   campaigns:
#     quarterly: { every: quarter, due_days: 30, grace_days: 7, no_answer: escalate }
#     pci: { every: half_year, frameworks: [soc2-2017], scope: { tiers: [critical, high] }, assign: owner, no_answer: revoke }
#     soc2: { every: quarter, scope: { frameworks: [soc2-2017] } } # what framework_scopes say of it
#   framework_scopes: { soc2-2017: [{ tiers: [critical, high] }, { stores: [main], paths: ["kv/payments/*"] }] } # any of these
#   events: { leaver_due_days: 1, mover_due_days: 14 } # people who left or moved, at once
#   webhook: { url: "https://hooks.example.com/countersign", secret: "env:WEBHOOK_SECRET" } # reminders, leavers, tickets; signed

# The access review in the browser (docs/serve.md), and where its decisions are kept.
# serve:
#   public_url: https://review.example.com
#   tls: { cert_file: review.pem, key_file: review-key.pem }
#   oidc: { issuer: "https://login.example.com/realms/main", client_id: countersign, client_secret: "env:OIDC_SECRET" }
# state: { url: "env:DATABASE_URL" } # PostgreSQL; default: a file of SQLite in the state directory

`;
