// Reasons that Slack, PagerDuty and the cluster give for refusing a call of Hallpass.
import type { Row } from './row.ts'

/** Reasons that Slack, PagerDuty and the cluster give. */
export const services = {
  ChannelUnreachable: {
    owner: 'platformTeam',
    meaning: 'Hallpass cannot write to the Slack channel of the mapping.',
    remedy: 'Invite the app to the channel, or correct the channel in the mapping.',
    isOfCalling: true,
  },
  DirectMessageRefused: {
    owner: 'platformTeam',
    meaning: 'Slack does not take a direct message to a person.',
    remedy:
      'Read the message; if the Messages tab of the Slack app is off, enable it as deploy/slack/manifest.yaml does.',
  },
  MessageGone: {
    owner: 'nobody',
    meaning: 'The message in Slack was deleted or can no longer be changed.',
    remedy: 'Nothing is left to do: the news is in the status of the request.',
  },
  NobodyToTell: {
    owner: 'requester',
    meaning: 'Slack does not know the requester, so they could not be told.',
    remedy: 'Read the status of the request.',
  },
  NotAccepted: {
    owner: 'platformTeam',
    meaning: 'The API server refused to store an object, by the schema or by an admission policy.',
    remedy: "Compare the installed manifests with this version's, and read the message.",
  },
  NotPermitted: {
    owner: 'platformTeam',
    meaning: 'The API server does not allow the call.',
    remedy: 'Bind the role that the message needs; for the command line, ask for the role hallpass-view.',
  },
  PageRefused: {
    owner: 'platformTeam',
    meaning: 'PagerDuty does not take the event that pages somebody.',
    remedy: "Put the integration key of an Events API v2 integration into the route's secret.",
  },
  PagerDutyKeyRefused: {
    owner: 'platformTeam',
    meaning: 'PagerDuty does not accept the API key.',
    remedy: 'Put a valid key into the secret "pagerduty-token".',
  },
  PagerDutyKeyTooNarrow: {
    owner: 'platformTeam',
    meaning: 'The API key of PagerDuty may not read what Hallpass needs.',
    remedy: 'Give it read access to on-calls, schedules, escalation policies and users.',
  },
  PagerDutyPlanTooSmall: {
    owner: 'platformTeam',
    meaning: 'The plan of the PagerDuty account lacks an ability that a call needs.',
    remedy: 'Use a plan that has it, or name something else in approval.onCall.',
  },
  PagerDutyRefused: {
    owner: 'mappingAuthor',
    meaning: 'PagerDuty refused a call for a cause that Hallpass does not know.',
    remedy: 'Check the ids in approval.onCall, then the account at PagerDuty.',
  },
  PagesLimited: {
    owner: 'nobody',
    meaning: 'Requests of this person, or for this mapping, have raised enough pages within the last hour.',
    remedy: 'Nothing is left to do: the people who were asked in Slack can decide.',
  },
  SlackAccessDenied: {
    owner: 'platformTeam',
    meaning: 'The administrators of the Slack workspace do not let Hallpass make a call.',
    remedy: 'Ask them to allow what the message names.',
  },
  SlackPlanTooSmall: {
    owner: 'mappingAuthor',
    meaning: 'The plan of the Slack workspace has no user groups.',
    remedy: 'Name people by address instead.',
  },
  SlackRefused: {
    owner: 'platformTeam',
    meaning: 'Slack refused a call three times, with a code that Hallpass does not know.',
    remedy: 'Look up the code of the message in the documentation of Slack.',
  },
} as const satisfies Record<string, Row>
