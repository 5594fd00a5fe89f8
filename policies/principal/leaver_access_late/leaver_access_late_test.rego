package countersign.principal.leaver_access_late_test

import data.countersign.principal.leaver_access_late

applies(subject) if leaver_access_late.applicable with input as {"subject": subject} with data.params as params

proven(subject) if leaver_access_late.compliant with input as {"subject": subject} with data.params as params

messages(subject) := {violation.message |
	some violation in leaver_access_late.violations with input as {"subject": subject} with data.params as params
}

silent(subject) if {
	not proven(subject)
	messages(subject) == set()
}

params := {"leaver_access_late": {"limit_hours": 24, "roster_days": 7}}

none := {"readable_secret_count": 0, "writable_secret_count": 0, "usable_count": 0, "administers": false, "certainty": "certain"}

of(person, access) := {
	"traits": ["people_rostered", "person_expected"],
	"gaps": [],
	"person": object.union(
		{
			"person_id": "E-1",
			"email": "ada@example.com",
			"rule": "email",
			"status": "active",
			"status_from": "hr",
			"status_certain": true,
			"roster_age_days": 1,
		},
		person,
	),
	"access": object.union(none, access),
}

left(hours) := {"status": "terminated", "terminated_hours": hours}

test_whoever_works_here_is_compliant if {
	applies(of({}, {}))
	every status in ["active", "leave"] {
		proven(of({"status": status}, {"usable_count": 3}))
		messages(of({"status": status}, {"usable_count": 3})) == set()
	}
}

test_a_leaver_with_access_violates_after_the_limit if {
	every access in [{"usable_count": 2}, {"administers": true}] {
		messages(of(left(25), access)) == {"whoever is behind it (ada@example.com, by email) left 25 hours ago, and it still has access"}
		not proven(of(left(25), access))
		silent(of(left(24), access))
	}
	nameless := json.remove(of(left(25), {"administers": true}), ["/person/email"])
	messages(nameless) == {"whoever is behind it (E-1, by email) left 25 hours ago, and it still has access"}
}

test_a_leaver_without_access_is_compliant if {
	proven(of(left(100), {}))
	messages(of(left(100), {})) == set()
	silent(of(left(100), {"certainty": "possible"}))
	silent(object.union(of(left(100), {}), {"gaps": [{"fact_kind": "grant"}]}))
}

test_what_is_not_known_proves_nothing if {
	reads := {"usable_count": 1}
	silent(object.remove(of({}, reads), ["person"]))
	silent(of({"status": "terminated"}, reads))
	silent(of({"status_from": "idp"}, reads))
	silent(of(object.union(left(99), {"status_from": "idp"}), reads))
	silent(of({"status_certain": false}, reads))
	silent(of(object.union(left(99), {"status_certain": false}), reads))
	silent(of({"roster_age_days": 8}, reads))
	silent(json.remove(of({}, reads), ["/person/roster_age_days"]))
	silent(object.remove(of(left(99), {}), ["access"]))
}

test_not_of_what_nobody_is_expected_behind if {
	not applies(object.union(of({}, {}), {"traits": ["people_rostered"]}))
}
