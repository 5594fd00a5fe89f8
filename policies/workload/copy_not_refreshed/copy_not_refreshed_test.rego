package countersign.workload.copy_not_refreshed_test

import data.countersign.workload.copy_not_refreshed

params := {"copy_not_refreshed": {"max_interval_hours": 24}}

copying(copied) := {"aspects": ["copy"], "copy": copied}

proven(copied) if copy_not_refreshed.compliant with input.subject as copying(copied) with data.params as params

found(copied) := messages if {
	all := copy_not_refreshed.violations with input.subject as copying(copied) with data.params as params
	messages := {one.message | some one in all}
}

test_hourly_is_compliant if {
	copy_not_refreshed.applicable with input.subject as copying({"follows": true, "interval_s": 3600})
	proven({"follows": true, "interval_s": 86400})
	count(found({"follows": true, "interval_s": 86400})) == 0
}

test_once_violates if {
	found({"follows": false}) == {"the value is copied once, and does not follow the store"}
	not proven({"follows": false})
}

test_seldom_violates if {
	found({"follows": true, "interval_s": 90000}) == {"the copy is refreshed every 25 hours, allowed: 24"}
	not proven({"follows": true, "interval_s": 86401})
}

test_unknown_interval_proves_nothing if {
	not proven({"follows": true})
	count(found({"follows": true})) == 0
}

test_what_copies_nothing_is_another_matter if {
	not copy_not_refreshed.applicable with input.subject as {"aspects": ["environment"]}
}
