# METADATA
# title: Pipeline uses a job token that GitLab does not make any more
# description: |
#   `CI_JOB_JWT` and `CI_JOB_JWT_V2` were removed with GitLab 17.0: logins by them fail, and what is done about it under
#   pressure is a stored key. They were also accepted by every system alike, since they had one audience.
# schemas:
#   - input: schema.pipeline
# custom:
#   severity: medium
#   needs: [pipeline_token]
#   rests_on_absence: false
#   families: [hard]
#   remediation:
#     any: >-
#       State the token with its audience: `id_tokens: {VAULT_ID_TOKEN: {aud: https://vault.example.com}}`, and give it to
#       the login, or let `secrets:` use it.
#   remedies:
#     gitlab_ci:
#       any:
#         text: >-
#           Ask for an ID token with an audience of its own, and use it in the place of `CI_JOB_JWT`.
#         example: |-
#           id_tokens:
#             VAULT_ID_TOKEN:
#               aud: https://vault.example.com
#   sources:
#     - GitLab documentation, "Deprecations and removals by version", https://docs.gitlab.com/update/deprecations/
#     - GitLab documentation, "OpenID Connect (OIDC) authentication using ID tokens", https://docs.gitlab.com/ci/secrets/id_token_authentication/
package countersign.pipeline.removed_job_token

applicable if input.subject.pipeline_type == "gitlab_ci"

compliant if count(input.subject.removed_tokens) == 0

violations contains {
	"actual": one.name,
	"expected": "id_tokens",
	"message": sprintf("%s is used, which GitLab 17 removed", [one.name]),
	"thing": one.thing,
} if {
	some one in input.subject.removed_tokens
}
