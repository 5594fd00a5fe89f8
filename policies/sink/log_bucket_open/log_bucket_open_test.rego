package countersign.sink.log_bucket_open_test

import data.countersign.sink.log_bucket_open

applies(subject) if log_bucket_open.applicable with input as {"subject": subject} with data.params as params

proven(subject) if log_bucket_open.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := log_bucket_open.violations with input as {"subject": subject} with data.params as params
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

params := {"log_bucket_open": {"allowed_outsiders": 0}}

into(own) := {
	"traits": ["in_bucket"],
	"bucket": object.union({"name": "logs", "ignore_public_acls": true, "restrict_public_buckets": false, "policy": "closed", "outsiders": []}, own),
}

test_closed_bucket_is_compliant if {
	applies(into({}))
	clean(into({}))
	clean(into({"policy": "open", "restrict_public_buckets": true}))
}

test_public_policy_violates if {
	messages(into({"policy": "open"})) == {"the policy of bucket logs lets anyone in, and neither the bucket nor its account restricts that"}
	not proven(into({"policy": "open"}))
}

test_what_is_not_known_proves_nothing if {
	silent(into({"policy": "possible"}))
	silent(into({"ignore_public_acls": false}))
	silent({"traits": ["in_bucket"], "bucket": {"name": "logs", "policy": "open"}})
	silent({"traits": ["in_bucket"]})
}

test_named_outsiders_violate if {
	named := into({"outsiders": ["999988887777"], "restrict_public_buckets": true})
	messages(named) == {"the policy of bucket logs lets in 1 outsider: 999988887777"}
	not proven(named)
}

test_expected_outsiders_are_compliant if {
	named := into({"outsiders": ["999988887777"]})
	agreed := {"log_bucket_open": {"allowed_outsiders": 1}}
	log_bucket_open.compliant with input as {"subject": named} with data.params as agreed
}

test_unknown_outsiders_prove_nothing if silent({
	"traits": ["in_bucket"],
	"bucket": object.remove(into({}).bucket, ["outsiders"]),
})

test_only_of_logs_in_buckets if not applies({"traits": []})
