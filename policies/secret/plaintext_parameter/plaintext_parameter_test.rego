package countersign.secret.plaintext_parameter_test

import data.countersign.secret.plaintext_parameter

applies(subject) if plaintext_parameter.applicable with input as {"subject": subject} with data.params as params

proven(subject) if plaintext_parameter.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := plaintext_parameter.violations with input as {"subject": subject} with data.params as params
}

messages(subject) := {violation.message | some violation in found(subject)}

silent(subject) if {
	not proven(subject)
	count(found(subject)) == 0
}

clean(subject) if {
	proven(subject)
	count(found(subject)) == 0
}

params := {}

kept(encrypted, marks) := {"traits": ["in_cloud"], "encrypted": encrypted, "secret_marks": marks}

test_encrypted_is_compliant if {
	applies(kept(true, ["name: password"]))
	clean(kept(true, ["name: password"]))
}

test_plain_configuration_is_compliant if clean(kept(false, []))

test_plain_secret_violates if {
	messages(kept(false, ["name: password"])) == {"the value lies in the clear, and is a secret by name: password"}
	not proven(kept(false, ["name: password"]))
}

test_unknown_encryption_proves_nothing if silent({"traits": ["in_cloud"], "secret_marks": ["name: password"]})

test_not_of_other_stores if not applies({"traits": []})
