resource vault 'Microsoft.KeyVault/vaults@2024-11-01' = {
  name: 'ledger'
}
