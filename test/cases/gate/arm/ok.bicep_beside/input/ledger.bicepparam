using './ledger.bicep'
