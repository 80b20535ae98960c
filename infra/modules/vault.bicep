// Where do the secrets lie, and who may read them?
param name string
param location string
param tags object
param principalId string
param administratorId string

@secure()
param spotlerKey string

@secure()
param spotlerSecret string

var secretsUser = '4633458b-17de-408a-b874-0445c86b69e6'
var secretsOfficer = 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7'

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: subscription().tenantId
    sku: {
      family: 'A'
      name: 'standard'
    }
    enableRbacAuthorization: true
    enableSoftDelete: true
    // Without purge protection: the vault's name follows from the environment's, and must be free again after removal.
    softDeleteRetentionInDays: 7
  }
}

resource key 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = if (!empty(spotlerKey)) {
  parent: vault
  name: 'spotler-key'
  properties: {
    value: spotlerKey
  }
}

resource secret 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = if (!empty(spotlerSecret)) {
  parent: vault
  name: 'spotler-secret'
  properties: {
    value: spotlerSecret
  }
}

resource appReads 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, principalId, secretsUser)
  scope: vault
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsUser)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

resource administratorWrites 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(administratorId)) {
  name: guid(vault.id, administratorId, secretsOfficer)
  scope: vault
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsOfficer)
    principalId: administratorId
  }
}

output name string = vault.name
// Without a version, so that a rotated secret is taken up without a deployment.
output spotlerKeyReference string = '@Microsoft.KeyVault(SecretUri=${vault.properties.vaultUri}secrets/spotler-key/)'
output spotlerSecretReference string = '@Microsoft.KeyVault(SecretUri=${vault.properties.vaultUri}secrets/spotler-secret/)'
