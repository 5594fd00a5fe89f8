# METADATA
# title: Credential is written down in the change
# description: |
#   A credential in a repository, a template or a plan is read by everyone who reads that, stays in its history when it is taken
#   out, and is found by whoever searches public code within minutes. It has to be replaced at the system that accepts it: taking it
#   out of the file does not make it secret again.
# schemas:
#   - input: schema.change
# custom:
#   severity: critical
#   needs: [written_credential]
#   rests_on_absence: false
#   families: [hard]
#   remediation:
#     any: >-
#       Replace the credential at the system that accepts it, put the new one into a secrets store, and let what needs it read it from
#       there. Then take it out of the file; it stays in the history, which is why replacing comes first.
#   sources:
#     - CWE-798, Use of Hard-coded Credentials, https://cwe.mitre.org/data/definitions/798.html
#     - NIST SP 800-53 Rev. 5, IA-5(7), https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.change.credential_written

applicable if input.subject.change_type == "credential"

# A search without a find is told as one, and no subject stands for it.
compliant if not input.subject.credential

violations contains {
	"actual": credential.rule,
	"expected": "a reference to a secrets store",
	"message": sprintf("what looks like a credential (%s) is written in %s%s", [credential.rule, credential.file, suffix]),
} if {
	credential := input.subject.credential
	suffix := when(credential)
}

when(credential) := "" if not credential.in_history

when(credential) := sprintf(" in commit %s", [substring(credential.commit, 0, 12)]) if credential.in_history
