# METADATA
# title: Database credentials are set over a connection that others can read or answer
# description: |
#   To make and rotate credentials the store logs in to a database with a powerful account of its own, and sends each new
#   password. In the clear, everyone on the way reads both. Without a look at the certificate, whoever answers can. What
#   decides is the address and the TLS settings of the connection; a mode that falls back to clear text, such as
#   `sslmode=prefer`, is none. What never leaves the machine is taken for safe.
# schemas:
#   - input: schema.store
# custom:
#   severity: high
#   needs: [connection, mount]
#   rests_on_absence: false
#   unstated: >-
#     How the store connects to a database: its plugin is not one whose settings are understood, its address is written in
#     another form than a URL's, or it leaves to the driver what holds without a setting, or which certificates are taken.
#   families: [tls]
#   remediation:
#     hashicorp: >-
#       Write the connection with its TLS settings: `vault write <mount>/config/<name>
#       connection_url="postgresql://{{username}}:{{password}}@db.example.com:5432/postgres?sslmode=verify-full"
#       tls_ca=@database-ca.pem`; for MySQL `tls_ca` or `tls=true`, for MongoDB `tls=true`, for SQL Server `encrypt=true`. Then
#       change the account's password with `vault write -f <mount>/rotate-root/<name>`, and rotate the roles: all went the same
#       way.
#   remedies:
#     terraform:
#       any:
#         text: >-
#           Connect by TLS and check the certificate (`sslmode=verify-full` in PostgreSQL, `tls_ca` and `tls=custom` in MySQL).
#         example: |-
#           postgresql {
#             connection_url = "postgresql://{{username}}:{{password}}@db.example:5432/app?sslmode=verify-full"
#           }
#   sources:
#     - Vault API documentation, database secrets engine, https://developer.hashicorp.com/vault/api-docs/secret/databases
#     - PostgreSQL documentation, libpq, SSL support, https://www.postgresql.org/docs/current/libpq-ssl.html
#     - NIST SP 800-53 Rev. 5, IA-5(1) c and SC-8, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.store.database_connection_insecure

import data.countersign.lib.names

safe := {"local", "verified"}

faults := {
	"plain": "in the clear",
	"unverified": "without a look at its certificate",
}

applicable if count(input.subject.connections) > 0

compliant if {
	every connection in input.subject.connections {
		connection.protection in safe
	}
}

violations contains {
	"actual": connection.protection,
	"expected": "encrypted, to whom a checked certificate names",
	"message": sprintf("credentials of a database are set %s, by %s", [fault, names.short(connection.path)]),
} if {
	some connection in input.subject.connections
	fault := faults[connection.protection]
}
