package countersign.estate.request_approval_faulty_test

import data.countersign.estate.request_approval_faulty

applies(subject) if request_approval_faulty.applicable with input as {"subject": subject}

proven(subject) if request_approval_faulty.compliant with input as {"subject": subject}

messages(subject) := {violation.message |
	some violation in request_approval_faulty.violations with input as {"subject": subject}
}

of(requests, faulty) := {
	"request_count": requests,
	"approved_request_count": requests,
	"faulty_request_count": count(faulty),
	"faulty_request_sample": faulty,
}

test_proper_approvals_are_compliant if {
	applies(of(3, []))
	proven(of(3, []))
	messages(of(3, [])) == set()
}

test_others_violate if {
	messages(of(3, ["R-1", "R-2"])) == {"of 3 requests that are said to be approved 2 are not as they must be: R-1, R-2"}
	not proven(of(3, ["R-1", "R-2"]))
}

test_without_a_register_nothing_is_proven if {
	applies(of(0, []))
	not proven(of(0, []))
	messages(of(0, [])) == set()
}
