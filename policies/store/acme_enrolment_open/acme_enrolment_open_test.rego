package countersign.store.acme_enrolment_open_test

import data.countersign.store.acme_enrolment_open

applies(subject) if acme_enrolment_open.applicable with input as {"subject": subject}

proven(subject) if acme_enrolment_open.compliant with input as {"subject": subject}

found(subject) := violations if {
	violations := acme_enrolment_open.violations with input as {"subject": subject}
}

store(total, bound_count, open_count, open) := {
	"kind": "store",
	"acme_count": total,
	"acme_bound_count": bound_count,
	"acme_open_count": open_count,
	"acme_open": open,
}

test_external_accounts_are_compliant if {
	bound := store(2, 2, 0, [])
	applies(bound)
	proven(bound)
	count(found(bound)) == 0
}

test_enrolment_of_anyone_violates if {
	open := store(2, 1, 1, ["pki/config/acme"])
	found(open) == {{
		"actual": "pki/config/acme",
		"expected": "an external account of whoever asks",
		"message": "whoever reaches the server has certificates by ACME from 1 authority: pki/config/acme",
	}}
	not proven(open)
}

test_accounts_of_before_prove_nothing if {
	some_before := store(2, 1, 0, [])
	applies(some_before)
	not proven(some_before)
	count(found(some_before)) == 0
}

test_more_than_are_named_are_counted if {
	messages := {violation.message | some violation in found(store(9, 0, 9, ["a", "b"]))}
	messages == {"whoever reaches the server has certificates by ACME from 9 authorities: a, b and 7 more"}
}

test_store_without_acme_is_not_applicable if not applies(store(0, 0, 0, []))

test_unknown_counts_prove_nothing if {
	not proven({"kind": "store"})
	count(found({"kind": "store"})) == 0
}
