# METADATA
# title: PKI role issues certificates for any name
# description: |
#   Whoever may use the role gets a certificate for a name that is not theirs, and clients that trust the authority take
#   them for its owner: a bank, the payment service, the directory. It is any name by `allow_any_name`, by a pattern that is
#   nothing but `*`, by the subdomains of a whole top-level domain, by `disabled` among `cn_validations`, which leaves the
#   common name to the caller, by a pattern of URIs that fixes no owner before its first `*`, which stands for any text, slashes
#   too, or by one of other names without a letter or digit, such as those by which Windows lets in whoever shows a certificate.
#   Without `enforce_hostnames` the name need not even be that of a host. Which IP addresses a role lets in
#   (`allow_ip_sans`, true by default: all of them) is not judged. Domains that nobody can own on the Internet, such as `internal`, are taken for the
#   organisation's own. That `co.uk` is as wide as `uk` is not known here.
# schemas:
#   - input: schema.certificate_role
# custom:
#   severity: high
#   needs: [certificate_role]
#   rests_on_absence: false
#   families: [cert]
#   params:
#     private_domains:
#       type: strings
#       description: >-
#         Top-level domains of which every name may be the organisation's own. The default are those that are reserved by
#         RFC 6761 and RFC 6762, named in its appendix G, or reserved for private use by ICANN.
#       default: [corp, example, home, internal, intranet, invalid, lan, local, localhost, private, test]
#   remediation:
#     hashicorp: >-
#       `vault write <mount>/roles/<role> allow_any_name=false enforce_hostnames=true
#       cn_validations=email,hostname allowed_domains=<domain>
#       allow_subdomains=true`, one role for each domain, or a template such as
#       `allowed_domains="{{identity.entity.name}}.svc.example.com" allowed_domains_template=true`. Then look for
#       certificates that were issued for names of others, and revoke them.
#   remedies:
#     terraform:
#       any:
#         text: >-
#           Name the domains for which `{reference}` issues.
#         example: |-
#           allow_any_name    = false
#           enforce_hostnames = true
#           allowed_domains   = ["payments.example.com"]
#           allow_subdomains  = true
#   sources:
#     - Vault documentation, PKI considerations, https://developer.hashicorp.com/vault/docs/secrets/pki/considerations
#     - Vault API documentation, PKI roles, https://developer.hashicorp.com/vault/api-docs/secret/pki
#     - RFC 6761 and RFC 6762, special-use domain names, https://www.rfc-editor.org/rfc/rfc6762
#     - NIST SP 800-53 Rev. 5, SC-17, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.certificate_role.certificate_name_unbounded

import data.countersign.lib.names

private_domains := {domain | some domain in data.params.certificate_name_unbounded.private_domains}

expected := "domains that are the caller's own"

rest(domain) := trim_left(lower(domain), ".")

# No domain at all, or a top-level one. A template is filled in for each caller.
whole(domain) if {
	not contains(domain, "{{")
	not contains(rest(domain), ".")
	not rest(domain) in private_domains
}

opened contains domain if {
	input.subject.allow_subdomains
	some domain in input.subject.allowed_domains
	not contains(domain, "*")
	domain != ""
	whole(domain)
}

# What of a pattern's name stands fast: all behind the first dot after its last wildcard.
fixed(pattern) := substring(tail, indexof(tail, ".") + 1, -1) if {
	parts := split(lower(pattern), "*")
	tail := parts[count(parts) - 1]
	contains(tail, ".")
}

anyones(pattern) if not fixed(pattern)

anyones(pattern) if {
	not contains(fixed(pattern), ".")
	not fixed(pattern) in private_domains
}

opened contains domain if {
	input.subject.allow_glob_domains
	some domain in input.subject.allowed_domains
	contains(domain, "*")
	anyones(domain)
}

# The scheme and the owner, a whole host or the first of a name without one, stand before the first `*`: what comes after it
# can be moved into a path by whoever asks.
owned(pattern) if regex.match(`^[^:/*]+:(//[^/?#*]*[\pL\pN}][^/?#*]*[/?#]|///[^*]*[\pL\pN}]|/?[^/*]*[\pL\pN}])`, pattern)

any_uri contains pattern if {
	some pattern in input.subject.allowed_uri_sans
	contains(pattern, "*")
	not owned(pattern)
}

# A `*` alone takes names of every kind; behind an OID and a type it takes any name of that kind.
any_other contains pattern if {
	some pattern in input.subject.allowed_other_sans
	regex.match(`^([0-9.]+;[^:]*:)?[^\pL\pN]*\*[^\pL\pN]*$`, pattern)
}

unchecked if "disabled" in input.subject.cn_validations

applicable if input.subject.kind == "certificate_role"

compliant if {
	input.subject.allow_any_name == false
	is_boolean(input.subject.allow_subdomains)
	is_boolean(input.subject.allow_glob_domains)
	is_array(input.subject.allowed_uri_sans)
	is_array(input.subject.allowed_other_sans)
	is_array(input.subject.cn_validations)
	not unchecked
	count(opened) == 0
	count(any_uri) == 0
	count(any_other) == 0
}

violations contains {
	"actual": "any name of a host",
	"expected": expected,
	"message": "issues for any name of a host",
} if {
	input.subject.allow_any_name
	input.subject.enforce_hostnames
}

violations contains {
	"actual": "any name",
	"expected": expected,
	"message": "issues for any name, whether a host can have it or not",
} if {
	input.subject.allow_any_name
	input.subject.enforce_hostnames == false
}

violations contains {
	"actual": names.few(opened),
	"expected": expected,
	"message": sprintf("issues for every name of %s", [names.counted(opened, "whole domain", "whole domains")]),
} if {
	input.subject.allow_any_name == false
	count(opened) > 0
}

violations contains {
	"actual": "disabled",
	"expected": "common names held against the domains that are the caller's own",
	"message": "issues for any common name, which nothing is held against",
} if {
	unchecked
}

violations contains {
	"actual": names.few(any_uri),
	"expected": "URIs that are the caller's own",
	"message": sprintf("issues for URIs of any owner, by %s", [names.counted(any_uri, "pattern", "patterns")]),
} if {
	count(any_uri) > 0
}

violations contains {
	"actual": names.few(any_other),
	"expected": "names of other kinds that are the caller's own",
	"message": sprintf("issues for any name of another kind, such as a Windows login, by %s", [names.counted(any_other, "pattern", "patterns")]),
} if {
	count(any_other) > 0
}
