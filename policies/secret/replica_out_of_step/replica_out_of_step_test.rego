package countersign.secret.replica_out_of_step_test

import data.countersign.secret.replica_out_of_step

applies(subject) if replica_out_of_step.applicable with input as {"subject": subject} with data.params as params

proven(subject) if replica_out_of_step.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := replica_out_of_step.violations with input as {"subject": subject} with data.params as params
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

copied(in_step, apart) := {
	"traits": ["replicated"],
	"replicas": {"count": in_step + count(apart), "in_step_count": in_step, "out_of_step": apart},
}

test_copies_in_step_are_compliant if {
	applies(copied(2, []))
	clean(copied(2, []))
}

test_copy_out_of_step_violates if {
	messages(copied(1, ["us-east-1: Failed"])) == {"copies that are not in step: us-east-1: Failed"}
	not proven(copied(1, ["us-east-1: Failed"]))
}

test_unknown_copies_prove_nothing if silent({"traits": ["replicated"]})

test_only_of_what_has_copies if not applies({"traits": []})
