package countersign.secret.deprecated_version_read_test

import data.countersign.secret.deprecated_version_read

applies(subject) if deprecated_version_read.applicable with input as {"subject": subject} with data.params as params

proven(subject) if deprecated_version_read.compliant with input as {"subject": subject} with data.params as params

messages(subject) := {violation.message |
	some violation in deprecated_version_read.violations with input as {"subject": subject} with data.params as params
}

silent(subject) if {
	not proven(subject)
	messages(subject) == set()
}

clean(subject) if {
	proven(subject)
	messages(subject) == set()
}

params := {"deprecated_version_read": {"window_days": 30, "grace_days": 1, "lag_days": 3}}

of(usage) := {
	"traits": ["reads_logged", "versions_logged"],
	"value_removed": false,
	"usage": object.union(
		{
			"complete": true,
			"reads_seen": true,
			"versions_known": true,
			"observed_from_age_days": 30,
			"log_end_age_days": 0,
			"old_versions": [],
			"old_version_count": 0,
		},
		usage,
	),
}

old(version) := of({"old_versions": [object.union({"version": "2", "last_reader": "entity:e1", "asked_as_previous": false}, version)], "old_version_count": 1})

test_nothing_old_was_read_is_compliant if {
	applies(of({}))
	clean(of({}))
}

test_a_read_before_the_new_version_or_the_window_is_compliant if {
	clean(old({"last_read_age_days": 20, "superseded_age_days": 21}))
	clean(old({"last_read_age_days": 31, "superseded_age_days": 90}))
	clean(old({"last_read_age_days": 31}))
}

test_a_late_read_violates if {
	messages(old({"last_read_age_days": 10, "superseded_age_days": 20})) == {"superseded versions read in the last 30 days: 2; last by entity:e1"}
	not proven(old({"last_read_age_days": 10, "superseded_age_days": 20}))
}

test_asking_for_the_previous_version_violates if {
	count(messages(old({"last_read_age_days": 10, "last_reader": "role/api", "asked_as_previous": true}))) == 1
}

test_one_without_a_name_is_said_to_be if {
	messages(of({"old_versions": [{"version": "1", "last_read_age_days": 0, "asked_as_previous": true}], "old_version_count": 1})) == {"superseded versions read in the last 30 days: 1; last by somebody without a name"}
}

test_unknown_age_of_the_new_version_proves_nothing if silent(old({"last_read_age_days": 10}))

test_what_the_log_does_not_tell_proves_nothing if {
	silent(of({"complete": false}))
	silent(of({"reads_seen": false}))
	silent(of({"versions_known": false}))
	silent(of({"observed_from_age_days": 29}))
	silent(of({"log_end_age_days": 4}))
	silent(of({"old_version_count": 3}))
	silent(object.remove(of({}), ["usage"]))
}

test_not_of_what_has_no_versions_in_the_log if {
	not applies(object.union(of({}), {"traits": ["reads_logged"]}))
	not applies(object.union(of({}), {"traits": ["deletion_pending", "versions_logged"]}))
	not applies(object.union(of({}), {"value_removed": true}))
}
