# METADATA
# title: Anyone can log in through the auth role
# description: |
#   The role hands a token to whoever asks and knows at most its name, e.g. an AppRole that binds no secret id, and no
#   network or networks that together cover half of all addresses. Whatever its policies open is open to everyone who reaches the server. Methods by password or
#   with a directory always ask for a proof. Roles whose callers an issuer, a cluster or an authority vouches for are judged
#   by whom they let in.
# schemas:
#   - input: schema.principal
# custom:
#   severity: critical
#   needs: [auth_config, auth_role]
#   applies_to: [auth_role, auth_user]
#   rests_on_absence: false
#   unstated: >-
#     Whether the role asks for a proof of identity.
#   families: [pub, v_auth]
#   remediation:
#     hashicorp: >-
#       `vault write auth/approle/role/<role> bind_secret_id=true`. Then review what the role's policies opened.
#   remedies:
#     terraform:
#       hashicorp:
#         text: >-
#           Ask callers of `{reference}` for a secret id, or bind them to networks (AppRole); bind service accounts and namespaces (Kubernetes).
#         example: |-
#           bind_secret_id        = true
#           secret_id_bound_cidrs = ["10.20.0.0/16"]
#       any:
#         text: >-
#           Ask callers of `{reference}` for a proof of who they are.
#   sources:
#     - Vault documentation, AppRole auth method, https://developer.hashicorp.com/vault/docs/auth/approle
#     - NIST SP 800-53 Rev. 5, AC-14 and IA-9, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.principal.unauthenticated_login

import data.countersign.lib.names

# Methods in which no role can do without a proof of identity.
proof_by_method := {"ldap", "okta", "radius", "userpass"}

closed if object.get(input.subject, "unauthenticated", false) == false

networks_bound if input.subject.token_networks_bound

# The server looks at these at every login, also where no secret id is asked for: tried on Vault 1.21.
networks_bound if input.subject.secret_id_networks_bound

binds_secret_id if "bind_secret_id" in input.subject.bounds

applicable if {
	input.subject.principal_type in {"auth_role", "auth_user"}
	input.subject.vouched_by == "other"
}

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
	networks_bound
}

compliant if {
	closed
	input.subject.method in proof_by_method
}

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
	not binds_secret_id
	input.subject.token_networks_bound == false
	not networks_bound
}
