# METADATA
# title: Credential was shown to a person lately
# description: |
#   A credential for machines that a person has seen is in a scrollback, a chat or a memory from then on, and no longer a
#   secret of machines alone. The store's own log says when that was. Somebody reviews each such case; issuing the
#   credential anew at its source ends it, and so does time.
# schemas:
#   - input: schema.secret
# custom:
#   severity: medium
#   needs: [access_log, credential_use]
#   rests_on_absence: false
#   unstated: >-
#     Whether the value was shown: the log cuts names as long as this one.
#   families: [log_rev]
#   params:
#     lookback_days:
#       type: integer
#       unit: day
#       description: For how long a case is told of.
#       default: 30
#   remediation:
#     embedded: >-
#       `countersign vault log` says who and what for. Ask the person; where it was not needed, issue the credential anew at
#       its source and keep it with `countersign vault put <name>`.
#   sources:
#     - NIST SP 800-53 Rev. 5, AU-6, audit record review, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
#     - NIST SP 800-53 Rev. 5, IA-5, authenticator management, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.secret.credential_revealed

import data.countersign.lib.names

use := input.subject.use

lookback_days := data.params.credential_revealed.lookback_days

applicable if "access_log" in input.subject.store.own_records

compliant if use.reveal_count == 0

compliant if use.last_revealed_age_days > lookback_days

# A value that was set after it was shown is not the one that was seen.
compliant if replaced

replaced if use.last_revealed_age_days > input.subject.value_age_days

violations contains {
	"actual": age,
	"expected": sprintf("not within %s, or a new value since", [names.quantity(lookback_days, "day", "days")]),
	"message": sprintf("shown to %s, %s ago; times in all: %d", [
		names.short(object.get(use, "last_revealed_by", "somebody")),
		names.quantity(age, "day", "days"),
		use.reveal_count,
	]),
} if {
	age := use.last_revealed_age_days
	age <= lookback_days
	not replaced
}
