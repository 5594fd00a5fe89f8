# METADATA
# title: Auth role accepts callers from any network
# description: |
#   A credential that was stolen works from anywhere unless the role names the networks of its callers. Networks that
#   together cover half of all addresses, or of those that are routed of IPv6, bind nobody. It is one layer among several: it says nothing about the listeners or the firewall in front of the store.
# schemas:
#   - input: schema.principal
# custom:
#   severity: low
#   needs: [auth_config, auth_role, token_limit]
#   applies_to: [auth_role, auth_user]
#   rests_on_absence: false
#   unstated: >-
#     Whether its callers are bound to networks: the store keeps none for a single user or group of this auth
#     method, and the method's settings name none that hold for every login.
#   families: [net]
#   remediation:
#     hashicorp: >-
#       Name the networks: `vault write auth/<mount>/role/<role> token_bound_cidrs=10.20.0.0/16`; for AppRole also
#       `secret_id_bound_cidrs`, and for every login by LDAP `vault write auth/<mount>/config token_bound_cidrs=10.20.0.0/16`. Behind a load balancer set `x_forwarded_for_authorized_addrs` on the listener first,
#       or the server sees the balancer's address only.
#   remedies:
#     terraform:
#       any:
#         text: >-
#           Name the networks from which callers of `{reference}` come.
#         example: |-
#           token_bound_cidrs = ["10.20.0.0/16"]
#   sources:
#     - Vault documentation, tokens, CIDR-bound tokens, https://developer.hashicorp.com/vault/docs/concepts/tokens
#     - NIST SP 800-53 Rev. 5, AC-3 and SC-7, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.principal.network_unbound

bound if input.subject.token_networks_bound

bound if input.subject.secret_id_networks_bound

applicable if input.subject.principal_type in {"auth_role", "auth_user"}

compliant if bound

violations contains {
	"actual": "any network",
	"expected": "the networks of the callers",
	"message": "the role names no network from which its callers come",
} if {
	input.subject.token_networks_bound == false
	not bound
}
