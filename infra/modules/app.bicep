// How does the app run, and with which settings?
param token string
param location string
param tags object
param identityId string
param identityClientId string
param packageContainer string
param storageName string
param insightsConnection string
param instanceMemoryMB int
param maximumInstanceCount int
param serviceBusHost string
param jobsQueue string
param resultsQueue string
param spotlerKeyReference string
param spotlerSecretReference string
param spotlerUrl string
param spotlerMaxConcurrency string
param dataverseUrl string
param dataverseOrganizationId string
param externalIdColumnAccount string
param externalIdColumnContact string
param externalIdColumnLead string
param automationFieldsQuoting string
param automationFieldsMaxLength string
param catalogueSyncSchedule string
param reconcileSchedule string
param jobRetryWindow string
param contactGrace string
param timeline string
param resultLanguage string
param telemetry string
param furtherSettings array

// Of the platform: identity instead of keys. AZURE_CLIENT_ID says who asks Dataverse and Service Bus.
var hostSettings = [
  {
    name: 'AzureWebJobsStorage__accountName'
    value: storageName
  }
  {
    name: 'AzureWebJobsStorage__credential'
    value: 'managedidentity'
  }
  {
    name: 'AzureWebJobsStorage__clientId'
    value: identityClientId
  }
  {
    name: 'APPLICATIONINSIGHTS_CONNECTION_STRING'
    value: insightsConnection
  }
  {
    name: 'APPLICATIONINSIGHTS_AUTHENTICATION_STRING'
    value: 'ClientId=${identityClientId};Authorization=AAD'
  }
  {
    name: 'ServiceBusConnection__credential'
    value: 'managedidentity'
  }
  {
    name: 'AZURE_CLIENT_ID'
    value: identityClientId
  }
]

// Of the app; a blank value counts as absent, so that the app's own default holds.
var appSettings = [
  {
    name: 'ServiceBusConnection__fullyQualifiedNamespace'
    value: serviceBusHost
  }
  {
    name: 'ServiceBusConnection__clientId'
    value: identityClientId
  }
  {
    name: 'SPOTLER_JOBS_QUEUE'
    value: jobsQueue
  }
  {
    name: 'SPOTLER_RESULTS_QUEUE'
    value: resultsQueue
  }
  {
    name: 'SPOTLER_KEY'
    value: spotlerKeyReference
  }
  {
    name: 'SPOTLER_SECRET'
    value: spotlerSecretReference
  }
  {
    name: 'SPOTLER_URL'
    value: spotlerUrl
  }
  {
    name: 'SPOTLER_MAX_CONCURRENCY'
    value: spotlerMaxConcurrency
  }
  {
    name: 'DATAVERSE_URL'
    value: dataverseUrl
  }
  {
    name: 'DATAVERSE_ORGANIZATION_ID'
    value: dataverseOrganizationId
  }
  {
    name: 'EXTERNAL_ID_COLUMN_ACCOUNT'
    value: externalIdColumnAccount
  }
  {
    name: 'EXTERNAL_ID_COLUMN_CONTACT'
    value: externalIdColumnContact
  }
  {
    name: 'EXTERNAL_ID_COLUMN_LEAD'
    value: externalIdColumnLead
  }
  {
    name: 'AUTOMATION_FIELDS_QUOTING'
    value: automationFieldsQuoting
  }
  {
    name: 'AUTOMATION_FIELDS_MAX_LENGTH'
    value: automationFieldsMaxLength
  }
  {
    name: 'CATALOGUE_SYNC_SCHEDULE'
    value: catalogueSyncSchedule
  }
  {
    name: 'RECONCILE_SCHEDULE'
    value: reconcileSchedule
  }
  {
    name: 'JOB_RETRY_WINDOW'
    value: jobRetryWindow
  }
  {
    name: 'CONTACT_GRACE'
    value: contactGrace
  }
  {
    name: 'TIMELINE'
    value: timeline
  }
  {
    name: 'RESULT_LANGUAGE'
    value: resultLanguage
  }
  {
    name: 'TELEMETRY'
    value: telemetry
  }
]

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: 'plan-${token}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
  }
}

resource site 'Microsoft.Web/sites@2024-04-01' = {
  name: 'func-${token}'
  location: location
  tags: union(tags, { 'azd-service-name': 'jobs' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    // References to the vault are resolved with this identity; without it the platform looks for a system-assigned one.
    keyVaultReferenceIdentity: identityId
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packageContainer
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      runtime: {
        name: 'python'
        version: '3.13'
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      appSettings: concat(hostSettings, appSettings, furtherSettings)
    }
  }
}

// Deployments sign in with Microsoft Entra; passwords for publishing are shut off.
resource publishingByScm 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = {
  parent: site
  name: 'scm'
  properties: {
    allow: false
  }
}

resource publishingByFtp 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = {
  parent: site
  name: 'ftp'
  properties: {
    allow: false
  }
}

output name string = site.name
output host string = site.properties.defaultHostName
