package countersign.store.nobody_watches_test

import data.countersign.store.nobody_watches

applies(subject) if nobody_watches.applicable with input as {"subject": subject} with data.params as params

proven(subject) if nobody_watches.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := nobody_watches.violations with input as {"subject": subject} with data.params as params
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

watched(active, unclear) := {
	"traits": ["in_cloud"],
	"secret_count": 1,
	"watches": {"active_count": active, "active": [], "unclear_count": unclear},
}

test_detector_is_compliant if {
	applies(watched(1, 0))
	clean(watched(1, 3))
}

test_nobody_violates if {
	count(found(watched(0, 0))) == 1
	not proven(watched(0, 0))
}

test_what_is_not_known_proves_nothing if {
	silent(watched(0, 1))
	silent({"traits": ["in_cloud"], "secret_count": 1})
}

test_neither_without_secrets_nor_of_other_stores if {
	not applies({"traits": ["in_cloud"], "secret_count": 0})
	not applies({"traits": [], "secret_count": 1})
}
