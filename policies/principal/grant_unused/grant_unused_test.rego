package countersign.principal.grant_unused_test

import data.countersign.principal.grant_unused

applies(subject) if grant_unused.applicable with input as {"subject": subject} with data.params as params

proven(subject) if grant_unused.compliant with input as {"subject": subject} with data.params as params

messages(subject) := {violation.message |
	some violation in grant_unused.violations with input as {"subject": subject} with data.params as params
}

silent(subject) if {
	not proven(subject)
	messages(subject) == set()
}

params := {"grant_unused": {"limit_days": 80, "allowed_count": 1, "lag_days": 3}}

of(idle, usage) := {
	"traits": ["reads_logged"],
	"break_glass": false,
	"collector": false,
	"usage": object.union(
		{
			"complete": true,
			"reads_seen": true,
			"observed_from_age_days": 90,
			"log_end_age_days": 1,
			"granted_secret_count": 5,
			"idle": [
				{"days": 60, "secret_count": 5},
				{"days": 90, "secret_count": idle},
				{"days": 120, "secret_count": 0},
			],
			"unknown_age_count": 0,
			"idle_secrets": ["s1", "s2"],
		},
		usage,
	),
}

test_used_grants_are_compliant if {
	applies(of(0, {}))
	proven(of(1, {}))
	messages(of(1, {})) == set()
}

test_idle_grants_violate if {
	messages(of(2, {})) == {"it may read 5 secrets; 2 of them it has not read for 90 days: s1, s2"}
	not proven(of(2, {}))
	count(messages(of(2, {"unknown_age_count": 1}))) == 1
}

test_what_the_log_does_not_tell_proves_nothing if {
	every idle in [0, 2] {
		silent(of(idle, {"complete": false}))
		silent(of(idle, {"reads_seen": false}))
		silent(of(idle, {"observed_from_age_days": 89}))
		silent(of(idle, {"log_end_age_days": 4}))
		silent(object.remove(of(idle, {}), ["usage"]))
	}
	silent(of(0, {"unknown_age_count": 1}))
	silent(of(0, {"idle": [{"days": 60, "secret_count": 0}]}))
}

test_not_of_emergencies_the_collector_nor_without_a_log if {
	not applies(object.union(of(2, {}), {"break_glass": true}))
	not applies(object.union(of(2, {}), {"collector": true}))
	not applies(object.union(of(2, {}), {"traits": []}))
}
