# METADATA
# title: Job asks for its identity without the permission to
# description: |
#   Without `permissions: {id-token: write}` GitHub gives a job no identity: the login fails, and what is done about it
#   under pressure is a stored key.
# schemas:
#   - input: schema.pipeline
# custom:
#   severity: low
#   needs: [pipeline_job]
#   rests_on_absence: false
#   families: [hard]
#   unstated: >-
#     Whether the job may ask for its identity: whoever calls the workflow says so.
#   remediation:
#     any: >-
#       Say at the job `permissions: {id-token: write, contents: read}`, and no more than it needs.
#   remedies:
#     github_actions:
#       any:
#         text: >-
#           Let the job ask for its identity.
#         example: |-
#           permissions:
#             id-token: write
#             contents: read
#   sources:
#     - GitHub documentation, "About security hardening with OpenID Connect", https://docs.github.com/en/actions/concepts/security/openid-connect
#     - GitHub documentation, "Workflow syntax", permissions, https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#permissions
package countersign.pipeline.identity_not_permitted

applicable if input.subject.pipeline_type == "github_actions"

compliant if count(input.subject.identity_asks) == 0

compliant if input.subject.may_ask_identity

violations contains {
	"actual": "no id-token: write",
	"expected": "permissions with id-token: write",
	"message": sprintf("the login to %s asks for the identity of the job, which may not have it", [systems[ask.system]]),
	"thing": ask.thing,
} if {
	input.subject.may_ask_identity == false
	some ask in input.subject.identity_asks
}

systems := {"aws": "AWS", "azure": "Azure", "gcp": "Google Cloud", "pypi": "PyPI", "vault": "Vault"}
