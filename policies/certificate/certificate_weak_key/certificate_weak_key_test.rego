package countersign.certificate.certificate_weak_key_test

import data.countersign.certificate.certificate_weak_key

applies(subject) if certificate_weak_key.applicable with input as {"subject": subject} with data.params as params

proven(subject) if certificate_weak_key.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := certificate_weak_key.violations with input as {"subject": subject} with data.params as params
}

params := {"certificate_weak_key": {"min_rsa_bits": 2048, "min_ec_bits": 256}}

certificate(algorithm, bits, signature) := {
	"revoked": false,
	"expires_in_days": 100,
	"key_algorithm": algorithm,
	"key_bits": bits,
	"signature_algorithm": signature,
}

test_strong_rsa_is_compliant if {
	strong := certificate("RSA", 2048, "SHA256-RSA")
	applies(strong)
	proven(strong)
	count(found(strong)) == 0
}

test_strong_curve_is_compliant if proven(certificate("ec", 256, "ecdsa-with-SHA384"))

test_edwards_curve_is_compliant if {
	proven(object.remove(certificate("Ed25519", 0, "Ed25519"), ["key_bits"]))
}

test_short_rsa_violates if {
	weak := certificate("RSA", 1024, "SHA256-RSA")
	{violation.actual | some violation in found(weak)} == {"RSA, 1024 bits"}
	not proven(weak)
}

test_short_curve_violates if count(found(certificate("ec", 224, "ecdsa-with-SHA256"))) == 1

test_broken_signature_violates if {
	weak := certificate("RSA", 4096, "SHA1-RSA")
	{violation.message | some violation in found(weak)} == {"the certificate is signed with SHA1-RSA"}
	not proven(weak)
}

test_revoked_or_expired_is_not_applicable if {
	not applies({"revoked": true, "expires_in_days": 100})
	not applies({"revoked": false, "expires_in_days": -1})
}

test_unknown_strength_proves_nothing if {
	unsized := object.remove(certificate("RSA", 0, "SHA256-RSA"), ["key_bits"])
	not proven(unsized)
	count(found(unsized)) == 0
	unsigned := object.remove(certificate("RSA", 2048, ""), ["signature_algorithm"])
	not proven(unsigned)
	count(found(unsigned)) == 0
	strange := certificate("gost", 256, "gost-sign")
	not proven(strange)
	count(found(strange)) == 0
}
