// Which queues are there, and who may use them?
param name string
param location string
param tags object
param tier string
param jobsQueue string
param resultsQueue string
param principalId string

var dataSender = '69a216fc-b8fb-44d8-bc22-1f3c2cd27a39'
var dataReceiver = '4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0'

resource bus 'Microsoft.ServiceBus/namespaces@2024-01-01' = {
  name: name
  location: location
  tags: tags
  sku: {
    name: tier
    tier: tier
  }
  properties: {
    disableLocalAuth: true
    minimumTlsVersion: '1.2'
  }
}

resource jobs 'Microsoft.ServiceBus/namespaces/queues@2024-01-01' = {
  parent: bus
  name: jobsQueue
  properties: {
    lockDuration: 'PT5M'
    maxDeliveryCount: 10
    // Longer than an outcome is put back, and the most that Basic allows.
    defaultMessageTimeToLive: 'P14D'
    deadLetteringOnMessageExpiration: true
    requiresSession: false
    requiresDuplicateDetection: false
  }
}

resource results 'Microsoft.ServiceBus/namespaces/queues@2024-01-01' = {
  parent: bus
  name: resultsQueue
  properties: {
    lockDuration: 'PT5M'
    maxDeliveryCount: 10
    defaultMessageTimeToLive: 'P14D'
    deadLetteringOnMessageExpiration: true
    requiresSession: false
    requiresDuplicateDetection: false
  }
}

resource sendsJobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(jobs.id, principalId, dataSender)
  scope: jobs
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', dataSender)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

resource receivesJobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(jobs.id, principalId, dataReceiver)
  scope: jobs
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', dataReceiver)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

resource sendsResults 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(results.id, principalId, dataSender)
  scope: results
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', dataSender)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

resource receivesResults 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(results.id, principalId, dataReceiver)
  scope: results
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', dataReceiver)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

output id string = bus.id
output host string = '${bus.name}.servicebus.windows.net'
