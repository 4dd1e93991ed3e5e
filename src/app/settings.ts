// What each setting of the configuration file decides, and what to do when it is wrong or missing. Its form is in
// config-schema.ts; a test holds the two to the same names.

type SettingFacts = {
  /** What it decides. */
  meaning: string
  /** What to do about it when it is wrong or missing. */
  remedy: string
}

/** Every setting, and every group that can be wrong as a whole. */
export const settings: Readonly<Record<string, SettingFacts>> = {
  namespaces: {
    meaning: 'Namespaces with mappings and requests. `[]` means the whole cluster.',
    remedy: 'List the namespaces with mappings and requests, such as [hallpass]; [] means all.',
  },
  tokenNamespace: {
    meaning: 'Namespace that holds sealed tokens and nothing else.',
    remedy: 'Name the namespace for sealed tokens and nothing else, such as hallpass-tokens.',
  },
  systemNamespace: {
    meaning: 'Namespace that Hallpass itself runs in.',
    remedy: 'Name the namespace that Hallpass itself runs in, such as hallpass-system.',
  },
  publicUrl: {
    meaning: 'Address that browsers reach the approval pages at; scheme and host alone.',
    remedy: 'Give the address of the approval pages for browsers, such as https://access.example.com.',
  },
  hostedDomains: {
    meaning: 'Workspace domains whose people may ask and approve. Subdomains are not included.',
    remedy: 'List the Workspace domains whose people may ask and approve, such as [example.com].',
  },
  externalRequesters: {
    meaning: 'Partners outside these domains who may ask, each until a date.',
    remedy:
      'List each partner who may ask, such as { email: pat@partner.example, until: 2026-12-31 }, or leave it out.',
  },
  'externalRequesters.email': {
    meaning: 'The exact address that the partner has in Slack and at Google.',
    remedy: 'Give the exact address that the partner has in Slack and at Google.',
  },
  'externalRequesters.until': {
    meaning: 'The last day in UTC on which the partner may have access, or an instant.',
    remedy: 'Give the last day on which the partner may have access, such as 2026-12-31.',
  },
  people: {
    meaning:
      'Rows of addresses that belong to one person, the Google address first. Keeps people from approving themselves.',
    remedy: 'List, for each person with several addresses, all of them in one row, the Google address first.',
  },
  retainFor: {
    meaning: 'How long settled requests are kept in the cluster.',
    remedy: 'Say how long ended requests are kept, such as 90d.',
  },
  'slack.teams': {
    meaning: 'Ids of the Slack workspaces that may use Hallpass.',
    remedy: 'List the ids of the Slack workspaces that may use Hallpass, such as [T0HALLPASS].',
  },
  'slack.enterprise': {
    meaning: 'Id of the Slack Enterprise organisation, if the app is installed in one.',
    remedy: 'Give the id of the Enterprise organisation, such as E0EXAMPLE, or leave it out.',
  },
  'slack.command': {
    meaning: 'The slash command that reaches every mapping.',
    remedy: 'Give the command that reaches every mapping, such as /access.',
  },
  'slack.mode': {
    meaning: '`http`: Slack calls Hallpass. `socket`: Hallpass calls Slack, and needs no ingress for it.',
    remedy: 'Choose http (Slack calls Hallpass) or socket (Hallpass calls Slack; no ingress).',
  },
  'google.oauthClientID': {
    meaning: 'OAuth client that approvers sign in with.',
    remedy: 'Give the OAuth client id; in the Google Cloud console it ends in .apps.googleusercontent.com.',
  },
  'google.ticketKey': {
    meaning: 'KMS key that seals links: the controller encrypts, auth decrypts.',
    remedy: 'Give the KMS key for links: projects/P/locations/L/keyRings/R/cryptoKeys/ticket.',
  },
  'google.tokenKey': {
    meaning: 'KMS key that seals tokens of approvers: auth encrypts, the controller decrypts.',
    remedy: 'Give the KMS key for sealed tokens: projects/P/locations/L/keyRings/R/cryptoKeys/token.',
  },
  'google.auditLog': {
    meaning: 'The log that audit events go to.',
    remedy: 'Give the log that audit events go to, projects/PROJECT/logs/hallpass.',
  },
  'google.auditView': {
    meaning:
      'The view of the locked log bucket in which the controller looks for the events of a request before it deletes it after `retainFor`. Without it the controller needs the right to read all logs of the project.',
    remedy: 'Give the view, projects/PROJECT/locations/LOCATION/buckets/BUCKET/views/VIEW, or leave it out.',
  },
  'google.readCustomRoles': {
    meaning: 'Whether the controller reads the custom roles that mappings list.',
    remedy: 'Set it to true when the controller may read the custom roles that mappings list (roles/iam.roleViewer).',
  },
  'google.groupsReader': {
    meaning:
      'The service account that reads Google groups for mappings that name them. Without it such mappings are not Ready.',
    remedy:
      'Give the address of the service account that reads Google groups, such as hallpass-groups@PROJECT.iam.gserviceaccount.com, or leave it out.',
  },
  'google.readGroupSettings': {
    meaning:
      'Whether the controller reads who can join Google groups of approvers. Without it their members cannot approve.',
    remedy: 'Set it to true when the account of google.groupsReader may read the settings of groups.',
  },
  'google.policyReader': {
    meaning:
      'The service account that reads the IAM policies of mapped resources, to [compare them with the record](../drift.md#the-periodic-check) from time to time. Without it they are not compared.',
    remedy:
      'Give the address of the service account that reads IAM policies, such as hallpass-drift@PROJECT.iam.gserviceaccount.com, or leave it out.',
  },
  'google.compareEvery': {
    meaning: 'How often the policies are compared with the record, at least 10 seconds.',
    remedy: 'Give a duration of at least 10s, such as 1h.',
  },
  'pagerduty.region': {
    meaning: 'Where PagerDuty keeps the account: `us` or `eu`.',
    remedy: 'Choose us or eu, as the address of your PagerDuty account says (eu.pagerduty.com); us is the default.',
  },
  'pagerduty.routes': {
    meaning:
      'Routes that mappings may page through when nobody answers. The routing key of each is the secret `pagerduty-route-NAME`.',
    remedy:
      'List each route that mappings may page through, such as { name: platform, namespaces: [hallpass] }, or leave it out.',
  },
  'pagerduty.routes.name': {
    meaning: 'The name that mappings write in `approval.page.route`.',
    remedy: 'Give the route a name of at most 30 small letters, digits and hyphens, such as platform.',
  },
  'pagerduty.routes.namespaces': {
    meaning: 'Namespaces whose mappings may page through the route. Mappings of other namespaces are not Ready.',
    remedy: 'List the namespaces whose mappings may page through the route, such as [hallpass].',
  },
  'pagerduty.routes.service': {
    meaning: 'Id of the PagerDuty service that the route pages, to say when it is not that of the people on call.',
    remedy: "Give the id in the address of the service's page in PagerDuty, such as PABC123, or leave it out.",
  },
  'pagerduty.pagesPerPerson': {
    meaning: 'How many pages requests of one person for one mapping may raise within an hour.',
    remedy: 'Say how many pages requests of one person for one mapping may raise within an hour, such as 3.',
  },
  'pagerduty.pagesPerMapping': {
    meaning: 'How many pages requests for one mapping may raise within an hour.',
    remedy: 'Say how many pages requests for one mapping may raise within an hour, such as 10.',
  },
  'janitor.account': {
    meaning:
      "Only where the [janitor](../janitor.md#installing-it) is installed: its identity at Google, as audit events name it. A service account, or the principal of the cluster's own.",
    remedy:
      'Give the address of its service account, or principal://iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/POOL/subject/ns/hallpass-system/sa/hallpass-janitor.',
  },
  'listen.port': {
    meaning: 'Port for Slack and browsers.',
    remedy: 'Give the port for Slack and browsers, such as 8080.',
  },
  'listen.healthPort': {
    meaning: 'Port for health and metrics.',
    remedy: 'Give the port for health and metrics, such as 8081.',
  },
  'listen.host': {
    meaning: 'IP address to listen on.',
    remedy: 'Give the IP address to listen on, such as 0.0.0.0.',
  },
  'leaderElection.leaseSeconds': {
    meaning: 'After so many seconds without a sign of life, another controller leads.',
    remedy: 'Say after how many seconds without a sign of life another controller leads, such as 15.',
  },
  'leaderElection.renewDeadlineSeconds': {
    meaning: 'After so many seconds without renewing, the leader gives up.',
    remedy: 'Say after how many seconds without renewing the leader gives up: less than leaseSeconds, such as 10.',
  },
  'leaderElection.retrySeconds': {
    meaning: 'How often the leader renews, and the others look.',
    remedy: 'Say how often the leader renews: less than renewDeadlineSeconds, such as 2.',
  },
  'limits.openPerPerson': {
    meaning: 'How many requests of one person may wait for a decision at a time.',
    remedy: 'Say how many requests of one person may wait for a decision at a time, such as 5.',
  },
  'limits.openPerMapping': {
    meaning: 'How many requests for one mapping may wait for a decision at a time.',
    remedy: 'Say how many requests for one mapping may wait for a decision at a time, such as 50.',
  },
  'limits.hourlyPerPerson': {
    meaning: 'How often one person may ask within an hour.',
    remedy: 'Say how often one person may ask within an hour, such as 20.',
  },
  'limits.hourlyPerMapping': {
    meaning: 'How often one mapping may be asked for within an hour.',
    remedy: 'Say how often one mapping may be asked for within an hour, such as 100.',
  },
  'limits.hourlyEmergenciesPerPerson': {
    meaning: 'How often one person may ask as an emergency within an hour. These count towards the other limits too.',
    remedy: 'Say how often one person may ask as an emergency within an hour, such as 3.',
  },
  iAmASandbox: {
    meaning: 'Sends calls to simulators on this machine. Never in production.',
    remedy: 'Leave it out in production; in a sandbox begin it with acceptLoopbackEndpoints: true.',
  },
  'iAmASandbox.acceptLoopbackEndpoints': {
    meaning: 'Says that this is a sandbox. The other settings of the group are refused without it.',
    remedy: 'Set it to true in a sandbox; leave iAmASandbox out in production.',
  },
  'iAmASandbox.google': {
    meaning: 'Address of the simulated Google, on a loopback address.',
    remedy: 'Give the address of the simulated Google, such as http://127.0.0.1:9010/.',
  },
  'iAmASandbox.slack': {
    meaning: 'Address of the simulated Slack, on a loopback address.',
    remedy: 'Give the address of the simulated Slack, such as http://127.0.0.1:9020/api/.',
  },
  'iAmASandbox.pagerduty': {
    meaning: 'Address of the simulated PagerDuty, on a loopback address.',
    remedy: 'Give the address of the simulated PagerDuty, such as http://127.0.0.1:9030/.',
  },
  'iAmASandbox.pagerdutyEvents': {
    meaning: 'Address of the simulated Events API of PagerDuty, on a loopback address.',
    remedy: 'Give the address of the simulated Events API, such as http://127.0.0.1:9031/.',
  },
  'iAmASandbox.evidenceAfter': {
    meaning:
      'How soon after a sign-in its evidence is published in the log, instead of ten minutes after its end. Only with a simulated Google.',
    remedy: 'Give a duration such as 10s.',
  },
}
