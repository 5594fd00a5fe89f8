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

params := {}

into(own) := {
	"traits": ["in_bucket"],
	"bucket": object.union({"name": "logs", "ignore_public_acls": true, "restrict_public_buckets": false, "policy": "closed"}, own),
}

test_closed_bucket_is_compliant if {
	applies(into({}))
	clean(into({}))
	clean(into({"policy": "open", "restrict_public_buckets": true}))
}

test_public_policy_violates if {
	messages(into({"policy": "open"})) == {"the policy of bucket logs lets anyone in, and the bucket does not restrict that"}
	not proven(into({"policy": "open"}))
}

test_what_is_not_known_proves_nothing if {
	silent(into({"policy": "possible"}))
	silent(into({"ignore_public_acls": false}))
	silent({"traits": ["in_bucket"], "bucket": {"name": "logs", "policy": "open"}})
	silent({"traits": ["in_bucket"]})
}

test_only_of_logs_in_buckets if not applies({"traits": []})
