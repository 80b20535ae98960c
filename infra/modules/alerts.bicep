// When is a person told that something needs a hand?
param token string
param location string
param tags object
param email string
param workspaceId string
param serviceBusId string
param jobsQueue string
param resultsQueue string

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-${token}'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'SpotlerJobs'
    enabled: true
    emailReceivers: [
      {
        name: 'administrator'
        emailAddress: email
        useCommonAlertSchema: true
      }
    ]
  }
}

resource deadLetters 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: 'dead-letters-${token}'
  location: 'global'
  tags: tags
  properties: {
    description: 'A message could not be dealt with and lies in a dead-letter queue; see docs/deploy.md.'
    severity: 1
    enabled: true
    scopes: [
      serviceBusId
    ]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT5M'
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          name: 'dead letters'
          criterionType: 'StaticThresholdCriterion'
          metricNamespace: 'Microsoft.ServiceBus/namespaces'
          metricName: 'DeadletteredMessages'
          dimensions: [
            {
              name: 'EntityName'
              operator: 'Include'
              values: [
                jobsQueue
                resultsQueue
              ]
            }
          ]
          operator: 'GreaterThan'
          threshold: 0
          timeAggregation: 'Maximum'
        }
      ]
    }
    actions: [
      {
        actionGroupId: people.id
      }
    ]
  }
}

resource credentialsRefused 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = {
  name: 'credentials-refused-${token}'
  location: location
  tags: tags
  properties: {
    displayName: 'Spotler Jobs: credentials refused'
    description: 'Spotler refuses the key, or Dataverse the identity; see GET /api/health.'
    severity: 1
    enabled: true
    scopes: [
      workspaceId
    ]
    // The tables of a new workspace may not be known yet when the rule is made.
    skipQueryValidation: true
    evaluationFrequency: 'PT15M'
    windowSize: 'PT15M'
    autoMitigate: true
    criteria: {
      allOf: [
        {
          query: '''
AppTraces
| where ((Message startswith "job_called " or Message startswith "catalogue_unread ") and Message contains "code=SPOTLER_CREDENTIALS")
    or ((Message startswith "dataverse_failed " or Message startswith "jobs_unread ") and Message contains "error=NotAllowed")
'''
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
        }
      ]
    }
    actions: {
      actionGroups: [
        people.id
      ]
    }
  }
}

resource webhookFailed 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = {
  name: 'webhook-failed-${token}'
  location: location
  tags: tags
  properties: {
    displayName: 'Spotler Jobs: webhook deliveries fail'
    description: 'The webhook was refused or its job could not be queued. No job is lost: the timer finds it.'
    severity: 2
    enabled: true
    scopes: [
      workspaceId
    ]
    skipQueryValidation: true
    evaluationFrequency: 'PT15M'
    windowSize: 'PT15M'
    autoMitigate: true
    criteria: {
      allOf: [
        {
          query: '''
AppTraces
| where Message startswith "webhook_refused " or Message startswith "webhook_not_queued "
'''
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
        }
      ]
    }
    actions: {
      actionGroups: [
        people.id
      ]
    }
  }
}

// Counts the passes that could say that nothing waits long: none is also what a timer leaves that does not run.
resource jobsWait 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = {
  name: 'jobs-wait-${token}'
  location: location
  tags: tags
  properties: {
    displayName: 'Spotler Jobs: a job waits for more than an hour'
    description: 'A job is open for more than an hour, or the timer that looks after jobs does not run.'
    severity: 2
    enabled: true
    scopes: [
      workspaceId
    ]
    skipQueryValidation: true
    evaluationFrequency: 'PT15M'
    windowSize: 'PT30M'
    autoMitigate: true
    criteria: {
      allOf: [
        {
          query: '''
AppTraces
| where Message startswith "jobs_waiting "
| parse Message with "jobs_waiting oldest_seconds=" oldest:long
| where oldest <= 3600
'''
          timeAggregation: 'Count'
          operator: 'LessThan'
          threshold: 1
        }
      ]
    }
    actions: {
      actionGroups: [
        people.id
      ]
    }
  }
}

// A call with a wrong key, or one that never arrives, reaches no code of the app; what it leaves behind is a job that
// the timer has to find. One such pass is a person's Activate; three in an hour are a webhook that does not work.
resource webhookSilent 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = {
  name: 'webhook-silent-${token}'
  location: location
  tags: tags
  properties: {
    displayName: 'Spotler Jobs: jobs arrive by the timer instead of the webhook'
    description: 'Jobs keep being found by the timer: look at the webhook\'s step, its key, and the system jobs in Dynamics.'
    severity: 2
    enabled: true
    scopes: [
      workspaceId
    ]
    skipQueryValidation: true
    evaluationFrequency: 'PT15M'
    windowSize: 'PT1H'
    autoMitigate: true
    criteria: {
      allOf: [
        {
          query: '''
AppTraces
| where Message startswith "jobs_rung_again "
'''
          timeAggregation: 'Count'
          operator: 'GreaterThanOrEqual'
          threshold: 3
        }
      ]
    }
    actions: {
      actionGroups: [
        people.id
      ]
    }
  }
}

// Compares with the two days before, because no rule may look further back; the floor keeps a quiet weekend, or a new
// installation, from making every start a spike.
resource startsSpike 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = {
  name: 'starts-spike-${token}'
  location: location
  tags: tags
  properties: {
    displayName: 'Spotler Jobs: far more starts than usual'
    description: 'More than 300 starts in an hour, and ten times the hours before. Not meant? Hold Starts on the automation; see docs/brakes.md.'
    severity: 2
    enabled: true
    scopes: [
      workspaceId
    ]
    skipQueryValidation: true
    evaluationFrequency: 'PT15M'
    windowSize: 'PT1H'
    overrideQueryTimeRange: 'P2D'
    autoMitigate: true
    criteria: {
      allOf: [
        {
          query: '''
AppTraces
| where Message startswith "job_called " and Message contains "verdict=done" and Message contains "operation=START_AUTOMATION"
| summarize recent = countif(TimeGenerated > ago(1h)), earlier = countif(TimeGenerated <= ago(1h))
| where recent > 300 and recent > 10 * earlier / 47
'''
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
        }
      ]
    }
    actions: {
      actionGroups: [
        people.id
      ]
    }
  }
}

resource catalogueOld 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = {
  name: 'catalogue-old-${token}'
  location: location
  tags: tags
  properties: {
    displayName: 'Spotler Jobs: the list of automations is older than a day'
    description: 'No synchronisation followed both of Spotler\'s lists for 24 hours; POST /api/catalogue/refresh says why.'
    severity: 2
    enabled: true
    scopes: [
      workspaceId
    ]
    skipQueryValidation: true
    evaluationFrequency: 'PT1H'
    windowSize: 'P1D'
    autoMitigate: true
    criteria: {
      allOf: [
        {
          query: '''
AppTraces
| where Message startswith "catalogue_synced " and Message contains " failed=0 refused=0 "
'''
          timeAggregation: 'Count'
          operator: 'LessThan'
          threshold: 1
        }
      ]
    }
    actions: {
      actionGroups: [
        people.id
      ]
    }
  }
}
