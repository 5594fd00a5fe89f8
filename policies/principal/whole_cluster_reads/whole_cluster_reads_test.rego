package countersign.principal.whole_cluster_reads_test

import data.countersign.principal.whole_cluster_reads

nothing := {
	"administers": false, "certainty": "certain", "readable_secret_count": 0,
	"wildcard_rule_count": 0, "wildcard_rules": [],
}

group(own) := named("system:authenticated", own)

named(name, own) := {
	"principal_type": "cluster_group", "name": name,
	"access": object.union(nothing, own),
}

wide := {"wildcard_rule_count": 1, "wildcard_rules": ["ClusterRole reader:3 secrets in all namespaces"], "readable_secret_count": 2}

proven(subject) if whole_cluster_reads.compliant with input as {"subject": subject}

messages(subject) := {violation.message | some violation in found} if {
	found := whole_cluster_reads.violations with input as {"subject": subject}
}

applies(subject) if whole_cluster_reads.applicable with input as {"subject": subject}

test_everyone_with_a_wide_rule_violates if {
	messages(group(wide)) == {"everyone with a credential of the cluster reads all secrets of where the rule holds"}
	messages(named("system:serviceaccounts", wide)) == {"every service account of the cluster reads all secrets of where the rule holds"}
	not proven(group(wide))
}

test_everyone_with_a_named_secret_violates if {
	messages(group({"readable_secret_count": 1})) == {"everyone with a credential of the cluster reads 1 secret"}
	not proven(group({"readable_secret_count": 1}))
}

test_everyone_who_gives_access_violates if {
	messages(group({"administers": true})) == {"everyone with a credential of the cluster can give itself access to secrets"}
	not proven(group({"administers": true}))
}

test_everyone_without_secrets_is_compliant if {
	proven(group({}))
	messages(group({})) == set()
}

test_what_is_only_possible_proves_nothing if not proven(group({"certainty": "possible"}))

test_unknown_access_proves_nothing if {
	unknown := object.remove(group({}), ["access"])
	not proven(unknown)
	messages(unknown) == set()
}

test_groups_of_everyone_are_asked if {
	every name in ["system:anonymous", "system:authenticated", "system:serviceaccounts", "system:unauthenticated"] {
		applies(object.union(named(name, {}), {"principal_type": "anyone"}))
		applies(named(name, {}))
	}
}

test_others_are_not_asked if {
	not applies(named("system:serviceaccounts:pay", {}))
	not applies(named("developers", {}))
	not applies(object.union(group({}), {"principal_type": "cluster_user"}))
}
