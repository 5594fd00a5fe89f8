# METADATA
# title: Role gives policies to everyone its issuer vouches for
# description: |
#   Some roles leave it to others to say who a caller is: the issuer of a signed token, a Kubernetes cluster, the authority
#   that signed a certificate. A role that then asks for no subject, claim, service account or name lets in everyone of
#   whom these speak: every pipeline of a build service, every workload of a cluster, every holder of a certificate. An
#   audience says for whom a token was made, not about whom. A glob of stars and punctuation, such as `*@*` or `*-*`, asks
#   for nothing, and neither does one for what every token of an issuer has: `repo:*` of GitHub, `project_path:*` of GitLab,
#   `system:serviceaccount:*` of Kubernetes. Nor does one that leaves the owner open, such as `repo:*:ref:refs/heads/main` or
#   `*/api`: at a public service anyone registers an owner, and chooses what follows. One that fits the beginning of an owner's
#   name, such as `repo:pine*`, lets in whoever registers `pine-x`. Claims of what everyone chooses alone, such as `ref`,
#   `environment` or `email_verified`, name nobody: with them alone anyone comes in, and beside others they undo nothing. One
#   claim that names an owner is enough, since all must hold together. A claim that is not known here counts as naming somebody:
#   whether it does is for who writes the role to know. A role that gives no policy but `default` gives nothing of its own; what groups
#   or identities bring is judged with them. Where one half of a service account is named, another policy judges the role.
#   A role of AWS is judged by its trust policy, whatever policies it has, since a thing's own policy may name it: conditions on
#   `aud` alone, or on a `sub` that anyone can have, bind nobody. An identity pool of Cognito is named by `aud`, and its guests are
#   kept out by `amr`. One that lets in `"AWS": "*"` without a condition on who that is, lets in everyone who has an account at AWS, and is
#   judged also where the role reaches nothing yet; where it reaches secrets, `strangers_let_in` says how many. A `job_workflow_ref` alone
#   says which workflow of GitHub runs, and not for whom: whoever may call a reusable workflow, which of a public one is everyone, has it,
#   so that whom it lets in is not known. Beside it a claim that names the owner who calls is enough. AWS shows conditions few claims
#   of a token: of GitHub's `repository` and its id, `repository_owner_id`, `enterprise_id`, `actor` and its id beside `sub` and
#   `aud`. One on another, such as `repository_owner` or GitLab's `project_path`, lets nobody in by `StringEquals`, and by
#   `…IfExists`, `ForAllValues` or a negation everyone.
# schemas:
#   - input: schema.principal
# custom:
#   severity: high
#   needs: [auth_role]
#   rests_on_absence: false
#   unstated: >-
#     Whether the certificate that the role trusts is a client's own or an authority's, whom a role's trust policy lets in that
#     could not be read, whether an identity pool that it names has guests, or whether others may call the workflow that alone it names.
#   families: [pub, v_auth]
#   remediation:
#     aws: >-
#       `aws iam update-assume-role-policy --role-name <role> --policy-document file://trust.json`, with a condition on `sub`, such
#       as `StringEquals` with `"token.actions.githubusercontent.com:sub": "repo:<owner>/<repository>:ref:refs/heads/main"`, or
#       `StringLike` with the owner written out up to its slash. For Cognito `StringEquals` on `aud` and `ForAnyValue:StringLike`
#       with `authenticated` on `amr`. Then review what the role has opened.
#     hashicorp: >-
#       JWT and OIDC: set `bound_subject` or `bound_claims`, e.g. to the repository and the branch, with the owner
#       written out up to its slash. Kubernetes: name service
#       accounts and namespaces instead of `*`, also in `bound_service_account_namespace_selector`. Certificates: set
#       `allowed_common_names` or another constraint. Then review what the role's policies opened.
#   remedies:
#     cloudformation:
#       any:
#         text: >-
#           Name who may assume `{label}` in its `AssumeRolePolicyDocument`, and for an issuer whose token it must be.
#         example: |-
#           Principal:
#             AWS: !Sub arn:aws:iam::${AWS::AccountId}:role/app
#     iam_policy:
#       any:
#         text: >-
#           Name who may assume the role as `Principal`, and for an issuer whose token it must be.
#         example: |-
#           "Condition": {
#             "StringEquals": { "token.actions.githubusercontent.com:sub": "repo:acme/app:ref:refs/heads/main" }
#           }
#     terraform:
#       hashicorp:
#         text: >-
#           Name the callers whom `{reference}` lets in.
#         example: |-
#           bound_service_account_names      = ["api"]
#           bound_service_account_namespaces = ["payments"]
#           audience                         = "vault"
#       any:
#         text: >-
#           Name who may assume `{reference}` in its trust policy, and for an issuer whose token it must be.
#         example: |-
#           condition {
#             test     = "StringEquals"
#             variable = "token.actions.githubusercontent.com:sub"
#             values   = ["repo:acme/app:ref:refs/heads/main"]
#           }
#   sources:
#     - Vault documentation, JWT/OIDC auth method, bound claims, https://developer.hashicorp.com/vault/docs/auth/jwt
#     - Vault API documentation, Kubernetes auth method, https://developer.hashicorp.com/vault/api-docs/auth/kubernetes
#     - Vault API documentation, TLS certificates auth method, https://developer.hashicorp.com/vault/api-docs/auth/cert
#     - AWS IAM User Guide, create a role for OpenID Connect federation, https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html
#     - Amazon Cognito Developer Guide, role trust and permissions, https://docs.aws.amazon.com/cognito/latest/developerguide/role-trust-and-permissions.html
#     - GitHub documentation, OpenID Connect reference, https://docs.github.com/actions/reference/openid-connect-reference
#     - GitHub documentation, OpenID Connect with reusable workflows, https://docs.github.com/actions/how-tos/secure-your-work/security-harden-deployments/oidc-with-reusable-workflows
#     - AWS IAM User Guide, AWS JSON policy elements, principal, https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
#     - AWS Service Authorization Reference, AWS Security Token Service, condition keys, https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html
#     - GitLab documentation, ID tokens, https://docs.gitlab.com/ci/secrets/id_token_authentication
#     - OpenID Connect Core 1.0, standard claims, https://openid.net/specs/openid-connect-core-1_0.html#StandardClaims
#     - Kubernetes documentation, authenticating, https://kubernetes.io/docs/reference/access-authn-authz/authentication/
#     - NIST SP 800-53 Rev. 5, AC-6 and IA-9, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.principal.any_caller_admitted

import data.countersign.lib.names

given := {policy | some policy in input.subject.policies} - {"default"}

vouched := {
	"authority": "holder of a certificate of the trusted authority",
	"cluster": "service account of the cluster",
	"issuer": "subject of a token of the issuer",
	"provider": "identity of any account of the provider",
}

applicable if input.subject.vouched_by in {"authority", "cluster", "issuer", "provider"}

# A thing's own policy may let a cloud's role in that has no policies.
gives if count(given) > 0

gives if input.subject.principal_type == "iam_role"

# As people call them: of a policy of AWS the id is made of a store's name, the role's ARN and more.
told := {called(policy) | some policy in given}

called(policy) := substring(policy, indexof(policy, "#inline/") + 8, -1) if {
	contains(policy, ":arn:")
	contains(policy, "#inline/")
}

called(policy) := substring(policy, indexof(policy, "arn:"), -1) if {
	contains(policy, ":arn:")
	not contains(policy, "#")
}

called(policy) := policy if not contains(policy, ":arn:")

# What is attached and could not be read.
called(policy) := "another that is attached" if {
	contains(policy, ":arn:")
	contains(policy, "#")
	not contains(policy, "#inline/")
}

default gains := "gets a token with"

gains := "assumes the role, which has" if input.subject.principal_type == "iam_role"

compliant if {
	input.subject.any_caller == false
	count(input.subject.lookalikes) == 0
}

compliant if not gives

violations contains {
	"actual": "anyone",
	"expected": "named callers",
	"message": sprintf("any %s %s %s", [vouched[input.subject.vouched_by], gains, names.counted(told, "policy", "policies")]),
} if {
	input.subject.any_caller
	gives
}

violations contains {
	"actual": names.few(input.subject.lookalikes),
	"expected": "callers of an owner that is named in full",
	"message": sprintf("whoever registers an owner that fits %s %s %s", [names.few(input.subject.lookalikes), gains, names.counted(told, "policy", "policies")]),
} if {
	count(input.subject.lookalikes) > 0
	gives
}
