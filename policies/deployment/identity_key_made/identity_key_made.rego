# METADATA
# title: Change makes a key of a user or service account that has no end
# description: |
#   Whoever copied such a key uses it until somebody deletes it, and what makes it mostly keeps it in the clear in its state. Workloads and pipelines of
#   Amazon's and Google's, and of others by federation, get credentials that end by themselves.
# schemas:
#   - input: schema.deployment
# custom:
#   severity: medium
#   needs: [deployment_key]
#   rests_on_absence: false
#   families: [cicd, v_ttl]
#   remediation:
#     aws: >-
#       Give the workload a role, or let its pipeline in by a role that trusts its token issuer (`aws iam create-open-id-connect-provider`), and take
#       the key out. Then delete it: `aws iam delete-access-key`.
#     gcp: >-
#       Attach the service account to the workload, or let its pipeline in by workload identity federation (`gcloud iam workload-identity-pools
#       create-oidc`), and take the key out. Then delete it: `gcloud iam service-accounts keys delete`.
#   remedies:
#     cloudformation:
#       any:
#         text: >-
#           Take `{label}` out. Give the workload a role, and let a pipeline in by a role that trusts its token issuer.
#         example: |-
#           CiRole:
#             Type: AWS::IAM::Role
#             Properties:
#               AssumeRolePolicyDocument:
#                 Version: "2012-10-17"
#                 Statement:
#                   - Effect: Allow
#                     Principal:
#                       Federated: !Sub arn:aws:iam::${AWS::AccountId}:oidc-provider/token.actions.githubusercontent.com
#                     Action: sts:AssumeRoleWithWebIdentity
#                     Condition:
#                       StringEquals:
#                         token.actions.githubusercontent.com:aud: sts.amazonaws.com
#                         token.actions.githubusercontent.com:sub: repo:acme/app:ref:refs/heads/main
#     terraform:
#       aws:
#         text: >-
#           Take `{reference}` out. Give the workload a role, and let a pipeline in by a role that trusts its token issuer.
#         example: |-
#           resource "aws_iam_role" "ci" {
#             assume_role_policy = jsonencode({
#               Version = "2012-10-17"
#               Statement = [{
#                 Effect    = "Allow"
#                 Principal = { Federated = aws_iam_openid_connect_provider.github.arn }
#                 Action    = "sts:AssumeRoleWithWebIdentity"
#                 Condition = { StringEquals = {
#                   "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com"
#                   "token.actions.githubusercontent.com:sub" = "repo:acme/app:ref:refs/heads/main"
#                 } }
#               }]
#             })
#           }
#       gcp:
#         text: >-
#           Take `{reference}` out. Attach the service account to the workload, or let a pipeline in by workload identity federation.
#         example: |-
#           resource "google_iam_workload_identity_pool_provider" "github" {
#             workload_identity_pool_id          = google_iam_workload_identity_pool.ci.workload_identity_pool_id
#             workload_identity_pool_provider_id = "github"
#             attribute_mapping                  = { "google.subject" = "assertion.sub" }
#             attribute_condition                = "assertion.repository == 'acme/app'"
#             oidc {
#               issuer_uri = "https://token.actions.githubusercontent.com"
#             }
#           }
#   sources:
#     - AWS Identity and Access Management User Guide, security best practices, https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
#     - Google Cloud IAM documentation, best practices for managing service account keys, https://cloud.google.com/iam/docs/best-practices-for-managing-service-account-keys
#     - NIST SP 800-53 Rev. 5, IA-5, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.deployment.identity_key_made

applicable if input.subject.deployment_type == "identity_key"

# What makes no key has no subject of this type.
compliant if not input.subject.name

violations contains {
	"actual": "a key without an end",
	"expected": "credentials that end by themselves",
	"message": sprintf("a key of %s is made that has no end", [input.subject.name]),
} if {
	input.subject.name
}
