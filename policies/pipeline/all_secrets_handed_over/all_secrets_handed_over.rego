# METADATA
# title: All secrets are handed over at once
# description: |
#   `secrets: inherit`, `toJSON(secrets)` and `secrets[…]` with a computed name give a workflow every secret of repository
#   and organisation, those that come later as well. Whoever gets hold of one step then has all of them.
# schemas:
#   - input: schema.pipeline
# custom:
#   severity: medium
#   needs: [pipeline_job]
#   rests_on_absence: false
#   families: [hard]
#   remediation:
#     any: >-
#       Name the secrets that are needed: `secrets: {NAME: ${{ secrets.NAME }}}`, and `${{ secrets.NAME }}` where one is
#       used.
#   remedies:
#     github_actions:
#       any:
#         text: >-
#           Name the secrets that are needed.
#         example: |-
#           secrets:
#             DEPLOY_TOKEN: ${{ secrets.DEPLOY_TOKEN }}
#   sources:
#     - GitHub documentation, "Reuse workflows", https://docs.github.com/en/actions/how-tos/reuse-automations/reuse-workflows
#     - GitHub documentation, "Secure use reference", https://docs.github.com/en/actions/reference/security/secure-use
package countersign.pipeline.all_secrets_handed_over

applicable if input.subject.pipeline_type == "github_actions"

compliant if count(input.subject.handed_over) == 0

violations contains {
	"actual": one.how,
	"expected": "secrets by name",
	"message": sprintf("%s, which gives all secrets at once", [written[one.how]]),
	"thing": one.thing,
} if {
	some one in input.subject.handed_over
}

written := {
	"dynamic": "a secret is taken by a computed name",
	"inherit": "`secrets: inherit` is written",
	"to_json": "`toJSON(secrets)` is written",
}
