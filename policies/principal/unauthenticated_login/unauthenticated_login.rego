# METADATA
# title: Anyone can log in through the auth role
# description: |
#   The role hands a token to whoever asks and knows at most its name, e.g. an AppRole that binds no secret id, and no
#   network or every network. Whatever its policies open is open to everyone who reaches the server. Most methods always ask for a proof:
#   a password, a key, a service account. A JWT role that binds no subject and no claim lets in whomever its issuer
#   signs for, a Kubernetes role that takes any service account of any namespace every workload of the cluster; whether
#   that is the public is not known here, so it stays undetermined.
# schemas:
#   - input: schema.principal
# custom:
#   severity: critical
#   needs: [auth_config, auth_role]
#   rests_on_absence: false
#   unstated: >-
#     Who can meet the role's bounds: they name no single caller, and who else the issuer or cluster vouches for is
#     not known here.
#   families: [pub, v_auth]
#   remediation:
#     hashicorp: >-
#       AppRole: `vault write auth/approle/role/<role> bind_secret_id=true`. JWT: set `bound_audiences` and
#       `bound_claims`. Kubernetes: name service accounts and namespaces instead of `*`. Certificates: set
#       `allowed_common_names` or another constraint. Then review what the role's policies opened.
#   sources:
#     - Vault documentation, AppRole auth method, https://developer.hashicorp.com/vault/docs/auth/approle
#     - Vault documentation, JWT/OIDC auth method, https://developer.hashicorp.com/vault/docs/auth/jwt
#     - NIST SP 800-53 Rev. 5, AC-14 and IA-9, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.principal.unauthenticated_login

import data.countersign.lib.names

# Methods in which no role can do without a proof of identity.
proof_by_method := {"cert", "ldap", "okta", "radius", "userpass"}

closed if object.get(input.subject, "unauthenticated", false) == false

binds_secret_id if "bind_secret_id" in input.subject.bounds

# One network of the list suffices, so each must be a bound.
names_networks if {
	count(input.subject.token_bound_cidrs) > 0
	every cidr in input.subject.token_bound_cidrs {
		not cidr in {"0.0.0.0/0", "::/0"}
	}
}

applicable if input.subject.principal_type in {"auth_role", "auth_user"}

compliant if {
	input.subject.unauthenticated == false
	input.subject.method != "approle"
}

compliant if {
	closed
	binds_secret_id
}

compliant if {
	input.subject.unauthenticated == false
	names_networks
}

compliant if {
	closed
	input.subject.method in proof_by_method
}

compliant if {
	closed
	input.subject.method in {"jwt", "kubernetes", "oidc"}
	some bound in input.subject.bounds
	names_the_caller(bound)
}

names_the_caller(bound) if bound == "bound_subject"

names_the_caller(bound) if startswith(bound, "bound_claims.")

names_the_caller(bound) if startswith(bound, "bound_service_account_")

violations contains {
	"actual": "nothing but the name",
	"expected": "a proof of identity",
	"message": sprintf("anyone who reaches the server gets a token with %s", [names.counted(input.subject.policies, "policy", "policies")]),
} if {
	open
}

open if input.subject.unauthenticated

open if {
	input.subject.method == "approle"
	is_array(input.subject.token_bound_cidrs)
	not binds_secret_id
	not names_networks
}
