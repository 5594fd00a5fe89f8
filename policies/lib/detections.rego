# What detections over an ingested audit log say of a subject, as its `detections` have it. A finding that is younger than the days
# for its review is pending: neither a violation, nor anything that is proven.
package countersign.lib.detections

# The log tells of all of the window, was looked through by each of these rules, and everything that they found is known. `terms`:
# `window_days`, `lag_days`.
covered(detections, rules, terms) if {
	detections.observed_from_age_days >= terms.window_days
	detections.log_end_age_days <= terms.lag_days
	searched(detections, rules, terms)
}

searched(detections, rules, terms) if {
	detections.searched_from_age_days >= terms.window_days
	every rule in rules {
		rule in detections.rules
	}
	detections.found_count == count(detections.found)
}

# Findings of these rules within the window that nobody reviewed.
open(detections, rules, window_days) := [one |
	some one in detections.found
	one.rule in rules
	one.detected_age_days <= window_days
	not one.reviewed
]

# Of these, those that had more than `review_days` days to be reviewed.
overdue(found, review_days) := [one | some one in found; one.detected_age_days > review_days]

# A line for each, such as `9 days ago …`.
lines(found) := [line | some one in found; line := sprintf("%d days ago %s", [one.detected_age_days, one.detail])]
