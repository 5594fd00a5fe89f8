# METADATA
# title: A credential stands in the store's configuration
# description: |
#   Names, descriptions, labels and policies are read by everyone who administers, audits or backs up the store, and by
#   this product. A password or token that somebody pasted there is protected by nothing, and rotates never. What looks
#   like one was taken out of the answer before it was kept; where it stood is named, its text is nowhere. What could not
#   be read may hold one too. Files of the servers, code and pipelines are not looked at.
#   Looked for are: tokens of Vault, OpenBao, GitHub, GitLab, Slack and other services with a prefix of their own; AWS
#   access key ids, and AWS secret access keys beside one or behind the word "secret"; Google API keys and service account
#   keys; JWTs; private keys; passwords in addresses and connection strings; `password=…`, `token: …` and "the password is
#   …"; and values under names such as password, token or secret_key. A credential that shows none of these signs, such as
#   a bare random word, is not recognised: compliant means that nothing was recognised, not that there is nothing.
# schemas:
#   - input: schema.store
# custom:
#   severity: high
#   needs: [pasted_credential]
#   rests_on_absence: false
#   families: [hard]
#   remediation:
#     any: >-
#       Take the credential out of the named place and rotate it first: whoever could read the configuration has it. Keep
#       it as a secret, and refer to that from where it stood.
#   sources:
#     - NIST SP 800-53 Rev. 5, IA-5(7), no embedded unencrypted static authenticators, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
#     - OWASP Secrets Management Cheat Sheet, https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html
package countersign.store.credential_in_configuration

import data.countersign.lib.names

expected := "no credential in names, descriptions, labels and policies"

applicable if input.subject.kind == "store"

compliant if input.subject.pasted_credential_count == 0

violations contains {
	"actual": sprintf("%s at %s", [names.short(place.rule), names.short(place.pointer)]),
	"expected": expected,
	"message": sprintf("what looks like a credential (%s) stands in %s, at %s of %s", [
		names.short(place.rule),
		names.short(place.resource),
		names.short(place.pointer),
		names.short(place.operation),
	]),
	# Cut where it is too long to be told: the finding must not be lost.
	"thing": substring(place.resource, 0, 1024),
} if {
	some place in input.subject.pasted_credentials
}

violations contains {
	"actual": more,
	"expected": expected,
	"message": sprintf("what looks like a credential stands in more places than are named here: %d", [more]),
} if {
	more := input.subject.pasted_credential_count - count(input.subject.pasted_credentials)
	more > 0
}
