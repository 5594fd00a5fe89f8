package countersign.secret.customer_key_missing_test

import data.countersign.secret.customer_key_missing

applies(subject) if customer_key_missing.applicable with input as {"subject": subject} with data.params as params

proven(subject) if customer_key_missing.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := customer_key_missing.violations with input as {"subject": subject} with data.params as params
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

params := {"customer_key_missing": {"exempt_tiers": ["standard", "low"]}}

under(customer) := {"traits": ["in_cloud"], "customer_key": customer}

test_customers_key_is_compliant if {
	applies(under(true))
	clean(under(true))
}

test_providers_key_violates if {
	count(found(under(false))) == 1
	not proven(under(false))
	count(found(object.union(under(false), {"tier": "high"}))) == 1
}

test_exempt_tier_is_compliant if clean(object.union(under(false), {"tier": "low"}))

test_unknown_key_proves_nothing if {
	applies({"traits": ["in_cloud"], "tier": "low"})
	silent({"traits": ["in_cloud"], "tier": "low"})
}

test_neither_what_is_under_no_key_nor_other_stores if {
	not applies({"traits": ["configuration", "in_cloud", "plaintext"]})
	not applies({"traits": ["in_cloud", "plaintext"]})
	not applies({"traits": []})
}

test_message_says_whose_key_it_is if {
	messages(under(false)) == {"the value is encrypted under a key that the provider made for everyone of the account"}
	messages(object.union(under(false), {"secret_type": "gcp_secret"})) == {"the value is encrypted under a key of the provider's own"}
}
