// What does Spotler Jobs need in Azure, and how do its parts know each other?
targetScope = 'subscription'

@description('Name of the azd environment; part of the resource group\'s name.')
@minLength(1)
@maxLength(40)
param environmentName string

@description('Region of everything. One that offers Flex Consumption: az functionapp list-flexconsumption-locations')
param location string

@description('Object id of the administrator who deploys: may read and write the vault\'s secrets. Empty: nobody may.')
param administratorId string = ''

@description('Who is told when something needs a hand.')
param alertEmail string

@description('Address of the Dataverse environment, such as https://contoso.crm4.dynamics.com')
param dataverseUrl string

@description('Id of the environment\'s organization; webhook calls of others are refused. Empty: of none.')
param dataverseOrganizationId string = ''

@description('Consumer key of Spotler\'s REST API. Empty: the one in the vault stays.')
@secure()
param spotlerKey string = ''

@description('Consumer secret of Spotler\'s REST API. Empty: the one in the vault stays.')
@secure()
param spotlerSecret string = ''

param spotlerUrl string = ''
param spotlerMaxConcurrency string = ''
param externalIdColumnAccount string = ''
param externalIdColumnContact string = ''
param externalIdColumnLead string = ''
param automationFieldsQuoting string = ''
param automationFieldsMaxLength string = ''
param catalogueSyncSchedule string = '0 17 5,17 * * *'
param reconcileSchedule string = '0 */5 * * * *'
param jobRetryWindow string = ''
param contactGrace string = ''
param timeline string = ''
param resultLanguage string = 'en'
param telemetry string = 'auto'

@description('Further app settings, each {name, value}: for settings whose names begin with SPOTLER_CONTRACT_.')
param furtherSettings array = []

@description('Memory of one instance, in MB.')
@allowed([
  512
  2048
  4096
])
param instanceMemoryMB int = 2048

@description('Each function scales by itself; so many instances of all of them together.')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('Basic has no base price and suffices for few instances: it allows 100 connections.')
@allowed([
  'Basic'
  'Standard'
])
param serviceBusTier string = 'Standard'

var token = toLower(uniqueString(subscription().id, environmentName, location))
var tags = {
  'azd-env-name': environmentName
}
var jobsQueue = 'spotler-jobs'
var resultsQueue = 'spotler-results'

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

module identity 'modules/identity.bicep' = {
  name: 'identity'
  scope: group
  params: {
    name: 'id-${token}'
    location: location
    tags: tags
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  scope: group
  params: {
    token: token
    location: location
    tags: tags
    principalId: identity.outputs.principalId
  }
}

module storage 'modules/storage.bicep' = {
  name: 'storage'
  scope: group
  params: {
    name: 'st${token}'
    location: location
    tags: tags
    principalId: identity.outputs.principalId
  }
}

module messaging 'modules/messaging.bicep' = {
  name: 'messaging'
  scope: group
  params: {
    name: 'bus-${token}'
    location: location
    tags: tags
    tier: serviceBusTier
    jobsQueue: jobsQueue
    resultsQueue: resultsQueue
    principalId: identity.outputs.principalId
  }
}

module vault 'modules/vault.bicep' = {
  name: 'vault'
  scope: group
  params: {
    name: 'kv-${token}'
    location: location
    tags: tags
    principalId: identity.outputs.principalId
    administratorId: administratorId
    spotlerKey: spotlerKey
    spotlerSecret: spotlerSecret
  }
}

module app 'modules/app.bicep' = {
  name: 'app'
  scope: group
  params: {
    token: token
    location: location
    tags: tags
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    packageContainer: storage.outputs.packageContainer
    storageName: storage.outputs.name
    insightsConnection: monitoring.outputs.insightsConnection
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    serviceBusHost: messaging.outputs.host
    jobsQueue: jobsQueue
    resultsQueue: resultsQueue
    spotlerKeyReference: vault.outputs.spotlerKeyReference
    spotlerSecretReference: vault.outputs.spotlerSecretReference
    spotlerUrl: spotlerUrl
    spotlerMaxConcurrency: spotlerMaxConcurrency
    dataverseUrl: dataverseUrl
    dataverseOrganizationId: dataverseOrganizationId
    externalIdColumnAccount: externalIdColumnAccount
    externalIdColumnContact: externalIdColumnContact
    externalIdColumnLead: externalIdColumnLead
    automationFieldsQuoting: automationFieldsQuoting
    automationFieldsMaxLength: automationFieldsMaxLength
    catalogueSyncSchedule: catalogueSyncSchedule
    reconcileSchedule: reconcileSchedule
    jobRetryWindow: jobRetryWindow
    contactGrace: contactGrace
    timeline: timeline
    resultLanguage: resultLanguage
    telemetry: telemetry
    furtherSettings: furtherSettings
  }
}

module alerts 'modules/alerts.bicep' = {
  name: 'alerts'
  scope: group
  params: {
    token: token
    location: location
    tags: tags
    email: alertEmail
    workspaceId: monitoring.outputs.workspaceId
    serviceBusId: messaging.outputs.id
    jobsQueue: jobsQueue
    resultsQueue: resultsQueue
  }
}

output AZURE_RESOURCE_GROUP string = group.name
output FUNCTION_APP string = app.outputs.name
output KEY_VAULT string = vault.outputs.name
output WEBHOOK_URL string = 'https://${app.outputs.host}/api/spotler-jobs'
output APPLICATION_ID string = identity.outputs.clientId
