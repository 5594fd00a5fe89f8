# METADATA
# title: Store answers the scripts of any web site
# description: |
#   Where CORS is on for every origin, a page of any site may call the store from the browser of whoever looks at it, and
#   read the answers. The browser sends no token of its own accord, but it stands inside the network: what is kept from the
#   Internet can be asked without a login, and guessed at, through it. An origin with a `*` in it, and `null`, which every
#   page can become, count as any.
# schemas:
#   - input: schema.store
# custom:
#   severity: medium
#   needs: [cors, store]
#   rests_on_absence: false
#   families: [net]
#   remediation:
#     hashicorp: >-
#       Name the origins that need it, `vault write sys/config/cors enabled=true allowed_origins=https://portal.example.com`,
#       or switch it off with `vault delete sys/config/cors`: Vault's own web interface does not need it.
#   sources:
#     - Vault API documentation, /sys/config/cors, https://developer.hashicorp.com/vault/api-docs/system/config-cors
#     - OWASP Web Security Testing Guide, testing cross origin resource sharing, https://owasp.org/www-project-web-security-testing-guide/stable/4-Web_Application_Security_Testing/11-Client-side_Testing/07-Testing_Cross_Origin_Resource_Sharing
#     - NIST SP 800-53 Rev. 5, AC-4 and SC-7, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.store.cors_any_origin

import data.countersign.lib.names

open contains origin if {
	some origin in input.subject.cors.allowed_origins
	contains(origin, "*")
}

open contains "null" if "null" in input.subject.cors.allowed_origins

applicable if {
	input.subject.kind == "store"
	not "listener" in input.subject.absent_features
}

compliant if input.subject.cors.enabled == false

compliant if {
	input.subject.cors.enabled
	count(open) == 0
}

violations contains {
	"actual": names.few(open),
	"expected": "named origins",
	"message": sprintf("scripts of any web site may call the store from a browser, by %s", [names.counted(open, "origin", "origins")]),
} if {
	input.subject.cors.enabled
	count(open) > 0
}
