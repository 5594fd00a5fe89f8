package countersign.key.key_exportable_test

import data.countersign.key.key_exportable

applies(subject) if key_exportable.applicable with input as {"subject": subject} with data.params as params

proven(subject) if key_exportable.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := key_exportable.violations with input as {"subject": subject} with data.params as params
}

params := {}

key(exportable, backup) := {"kind": "key", "exportable": exportable, "plaintext_backup_allowed": backup}

test_key_that_stays_is_compliant if {
	applies(key(false, false))
	proven(key(false, false))
	count(found(key(false, false))) == 0
}

test_exportable_key_violates if {
	{violation.actual | some violation in found(key(true, false))} == {"exportable"}
	not proven(key(true, false))
}

test_plaintext_backup_violates if {
	{violation.actual | some violation in found(key(false, true))} == {"plaintext backup allowed"}
	not proven(key(false, true))
}

test_unknown_backup_proves_nothing if {
	unknown := {"kind": "key", "exportable": false}
	not proven(unknown)
	count(found(unknown)) == 0
}
