param name string

module vault './modules/vault.bicep' = {
  name: 'vault'
  params: { name: name }
}
