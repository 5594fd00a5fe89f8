package countersign.store.log_reads_excluded_test

import data.countersign.store.log_reads_excluded

applies(subject) if log_reads_excluded.applicable with input as {"subject": subject} with data.params as params

proven(subject) if log_reads_excluded.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := log_reads_excluded.violations with input as {"subject": subject} with data.params as params
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

params := {"log_reads_excluded": {"required_sources": ["kms.amazonaws.com", "secretsmanager.amazonaws.com", "ssm.amazonaws.com"]}}

log(own) := object.union({"path": "all", "logging": true, "management_reads": true, "narrowed": false, "excluded_sources": []}, own)

store(sinks) := {"traits": ["in_cloud"], "sink_count": count(sinks), "sinks": sinks}

test_one_whole_log_is_compliant if {
	applies(store([log({})]))
	clean(store([log({}), log({"path": "writes", "management_reads": false})]))
}

test_no_log_of_reads_violates if {
	messages(store([log({"management_reads": false})])) == {"no log takes every read of secrets and keys: 1 log leaves some out: all"}
	not proven(store([log({"management_reads": false})]))
}

test_services_left_out_violate if {
	count(found(store([log({"excluded_sources": ["kms.amazonaws.com"]})]))) == 1
	clean(store([log({"excluded_sources": ["rdsdata.amazonaws.com"]})]))
}

test_narrowed_or_unknown_selection_proves_nothing if {
	silent(store([log({"narrowed": true})]))
	silent(store([{"path": "all", "logging": true}]))
	silent(store([log({"management_reads": false}), {"path": "other", "logging": true}]))
}

test_log_that_is_off_counts_for_nothing if {
	count(found(store([log({"management_reads": false}), log({"path": "old", "logging": false})]))) == 1
}

test_neither_without_a_log_nor_of_other_stores if {
	not applies(store([]))
	not applies({"traits": [], "sink_count": 1, "sinks": [log({})]})
}
