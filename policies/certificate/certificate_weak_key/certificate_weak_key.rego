# METADATA
# title: Certificate has a weak key or signature
# description: |
#   A key that can be factored, or a signature over a broken hash, lets an attacker take the certificate's place. Expired
#   and revoked certificates are trusted by nobody and are left out.
# schemas:
#   - input: schema.certificate
# custom:
#   severity: high
#   needs: [certificate]
#   rests_on_absence: false
#   families: [cert]
#   params:
#     min_rsa_bits:
#       type: integer
#       unit: bit
#       description: Shortest RSA key.
#       default: 2048
#     min_ec_bits:
#       type: integer
#       unit: bit
#       description: Shortest elliptic-curve key.
#       default: 256
#   remediation:
#     aws: >-
#       `aws acm request-certificate --key-algorithm EC_prime256v1`, put it in the old one's place, and delete that. For
#       a private authority make a new one with a stronger key and signature.
#     hashicorp: >-
#       Raise the role (`vault write <mount>/roles/<role> key_type=ec key_bits=256 signature_bits=256`), issue the
#       certificate anew, and revoke the old one with `vault write <mount>/revoke serial_number=<serial>`.
#   sources:
#     - NIST SP 800-131A Rev. 2, sections 3 and 9, https://csrc.nist.gov/pubs/sp/800/131/a/r2/final
#     - NIST SP 800-57 Part 1 Rev. 5, section 5.6, https://csrc.nist.gov/pubs/sp/800/57/pt1/r5/final
#     - RFC 9155, deprecating MD5 and SHA-1 signatures, https://www.rfc-editor.org/rfc/rfc9155
package countersign.certificate.certificate_weak_key

import data.countersign.lib.names

algorithm := lower(input.subject.key_algorithm)

signature := lower(input.subject.signature_algorithm)

least_bits := data.params.certificate_weak_key.min_rsa_bits if startswith(algorithm, "rsa")

least_bits := data.params.certificate_weak_key.min_ec_bits if startswith(algorithm, "ec")

strong_key if input.subject.key_bits >= least_bits

strong_key if algorithm in {"ed25519", "ed448"}

strong_signature if {
	some hash in {"sha256", "sha384", "sha512", "ed25519", "ed448"}
	contains(signature, hash)
}

applicable if {
	input.subject.revoked == false
	input.subject.expires_in_days >= 0
}

compliant if {
	strong_key
	strong_signature
}

violations contains {
	"actual": sprintf("%s, %d bits", [names.short(input.subject.key_algorithm), bits]),
	"expected": sprintf("at least %d bits", [least_bits]),
	"message": sprintf("the %s key has %d bits, at least %d are asked for", [names.short(input.subject.key_algorithm), bits, least_bits]),
} if {
	bits := input.subject.key_bits
	bits < least_bits
}

violations contains {
	"actual": names.short(input.subject.signature_algorithm),
	"expected": "a signature over SHA-2, or EdDSA",
	"message": sprintf("the certificate is signed with %s", [names.short(input.subject.signature_algorithm)]),
} if {
	some hash in {"md2", "md5", "sha1"}
	contains(replace(signature, "-", ""), hash)
}
