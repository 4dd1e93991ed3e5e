// Reasons why a mapping cannot be used: the condition Ready, and the command line's questions about mappings.
import type { Row } from './row.ts'

/** Reasons why a mapping cannot be used. */
export const mapping = {
  CommandReserved: {
    owner: 'mappingAuthor',
    meaning: 'The mapping has the command that reaches every mapping.',
    remedy: 'Choose another command.',
    isInFiles: true,
    mappingField: 'command',
  },
  CommandTaken: {
    owner: 'mappingAuthor',
    meaning: 'An older mapping has the same command.',
    remedy: 'Choose another command.',
    isInFiles: true,
    mappingField: 'command',
  },
  ConditionInvalid: {
    owner: 'mappingAuthor',
    meaning: 'The IAM condition of a grant cannot be used.',
    remedy: 'Correct the condition as the message says.',
    isInFiles: true,
  },
  CustomRoleUnreadable: {
    owner: 'platformTeam',
    meaning: 'Hallpass may not read a custom role of the mapping, or the name is not that of a custom role.',
    remedy: 'Grant the controller roles/iam.roleViewer where the role is defined, or correct the name.',
  },
  GoogleGroupEmpty: {
    owner: 'mappingAuthor',
    meaning: 'The Google groups that alone say who may ask have no members.',
    remedy: 'Add people to the group, or name others in the mapping.',
  },
  GoogleGroupForeign: {
    owner: 'mappingAuthor',
    meaning: 'The mapping names a Google group of another organisation.',
    remedy: 'Name a group whose address is in hostedDomains.',
    isInFiles: true,
  },
  GoogleGroupIsPerson: {
    owner: 'mappingAuthor',
    meaning: 'One address is named as a Google group and as a person.',
    remedy: 'Remove it from one of the two, in the mapping or in the setting people.',
    isInFiles: true,
  },
  GoogleGroupJoinUnknown: {
    owner: 'platformTeam',
    meaning: 'It is not known whether people can join a Google group of approvers by themselves.',
    remedy: 'Set google.readGroupSettings and let the reader of groups see their settings, as docs/groups.md says.',
  },
  GoogleGroupNotSecurity: {
    owner: 'mappingAuthor',
    meaning: 'A Google group of approvers is not a security group.',
    remedy: 'Give the group the label Security in the Admin console, or name approvers by address.',
  },
  GoogleGroupOpen: {
    owner: 'mappingAuthor',
    meaning: 'People can join a Google group of approvers by themselves.',
    remedy: 'Let only invited users join the group, or name approvers by address.',
  },
  GoogleGroupRenamed: {
    owner: 'mappingAuthor',
    meaning: 'The address that the mapping names is no longer the primary address of the Google group.',
    remedy: 'Write the primary address into the mapping, if this group is meant.',
  },
  GrantTwice: {
    owner: 'mappingAuthor',
    meaning: 'The mapping lists one role twice on the same resource.',
    remedy: 'Join the two conditions with || in one grant.',
    isInFiles: true,
  },
  HoursInvalid: {
    owner: 'mappingAuthor',
    meaning: 'The hours of the mapping cannot be used, alone or with the condition of a grant.',
    remedy: 'Correct them as the message says.',
    isInFiles: true,
    mappingField: 'hours',
  },
  IamSilent: {
    owner: 'nobody',
    meaning: 'IAM does not answer, so the permissions of the mapping’s custom roles are not known.',
    remedy: 'Nothing is left to do: IAM is asked again.',
    headline: 'IAM does not answer.',
  },
  NeverEscalates: {
    owner: 'mappingAuthor',
    meaning: 'The pause before the next level is asked is not shorter than the window, and there is no fallback.',
    remedy: 'Write a shorter approval.escalateAfter, or "0s" if nobody else should be asked.',
    isInFiles: true,
    mappingField: 'approval.escalateAfter',
  },
  NoSuchMapping: {
    owner: 'person',
    meaning: 'The command line was asked about a mapping that does not exist.',
    remedy: 'Choose one that "kubectl get rolemappings -A" lists.',
  },
  NobodyOnCall: {
    owner: 'mappingAuthor',
    meaning: 'PagerDuty names nobody on call for the mapping in the next 14 days, and it has no fallback.',
    remedy: 'Put somebody on call there, or name a fallback.',
  },
  NothingMapped: {
    owner: 'person',
    meaning: 'The command line was asked about a resource that no mapping grants anything on.',
    remedy: 'Choose a resource that "kubectl get rolemappings -A" lists.',
  },
  OnCallUnnamed: {
    owner: 'mappingAuthor',
    meaning: 'The mapping names neither an escalation policy nor a schedule of PagerDuty.',
    remedy: 'Name one of them in approval.onCall.',
  },
  OnlySelfApproval: {
    owner: 'mappingAuthor',
    meaning: 'The people who may ask are the only ones who may approve, and nobody approves their own request.',
    remedy: 'Name another approver in approval.',
    isInFiles: true,
    mappingField: 'approval',
  },
  OrganizationMissing: {
    owner: 'person',
    meaning:
      'The command line needs the number of the organisation to write down a custom role for a folder or a bucket.',
    remedy: 'Run the command again with --organization NUMBER.',
  },
  PageRouteForeign: {
    owner: 'mappingAuthor',
    meaning: 'The mapping pages through a route that is not for its namespace.',
    remedy: 'Name a route of this namespace, or ask the platform team to add the namespace to the route.',
    isOfCalling: true,
    isInFiles: true,
    mappingField: 'approval.page.route',
  },
  PageRouteUnknown: {
    owner: 'mappingAuthor',
    meaning: 'The mapping pages through a route that the settings do not have.',
    remedy: 'Correct approval.page.route, or ask the platform team to add the route to pagerduty.routes.',
    isOfCalling: true,
    isInFiles: true,
    mappingField: 'approval.page.route',
  },
  PagerDutySilent: {
    owner: 'nobody',
    meaning: 'PagerDuty does not answer, so it is not known who is on call.',
    remedy: 'Nothing is left to do: PagerDuty is asked again, and a fallback is asked meanwhile.',
    headline: 'PagerDuty does not answer.',
  },
  PagerDutyTooMany: {
    owner: 'mappingAuthor',
    meaning: 'PagerDuty lists more people on call than Hallpass reads.',
    remedy: 'Name an escalation policy or a schedule with fewer people.',
  },
  PatternInvalid: {
    owner: 'mappingAuthor',
    meaning: "The mapping's reason.pattern is not a regular expression that can be used.",
    remedy: 'Correct the pattern as the message says.',
    isInFiles: true,
    mappingField: 'reason.pattern',
  },
  PrivilegedRole: {
    owner: 'mappingAuthor',
    meaning: 'A role of the mapping lets its holder give further access.',
    remedy: 'Choose a narrower role, or set allowPrivileged: true.',
    isInFiles: true,
  },
  RequestersOutside: {
    owner: 'mappingAuthor',
    meaning: 'Everybody whom the mapping names as a requester is outside hostedDomains and externalRequesters.',
    remedy: 'Correct requesters, or ask the platform team to change these settings.',
    isInFiles: true,
    mappingField: 'requesters',
  },
  RoleDeleted: {
    owner: 'mappingAuthor',
    meaning: 'A custom role of the mapping does not exist, or has been deleted.',
    remedy: 'Create the role, or list another one.',
  },
  RoleDisabled: {
    owner: 'mappingAuthor',
    meaning: 'A role of the mapping is disabled and gives no permission.',
    remedy: 'List another role.',
  },
  RoleOfAnotherResource: {
    owner: 'mappingAuthor',
    meaning: 'A custom role of the mapping is defined in another project or organisation than the resource.',
    remedy: 'Define the role where it is granted, or list another one.',
    isInFiles: true,
  },
  RoleWithoutConditions: {
    owner: 'mappingAuthor',
    meaning:
      'A role of the mapping is a basic role, and Google accepts no condition on these, so it could not end by itself.',
    remedy: 'Choose a predefined or a custom role.',
    isInFiles: true,
  },
  TooFewApprovers: {
    owner: 'mappingAuthor',
    meaning: 'Fewer different people are named than must approve.',
    remedy: 'Name more people in approval.fallback, or write a smaller approval.required.',
    isInFiles: true,
  },
  UnknownEscalationPolicy: {
    owner: 'mappingAuthor',
    meaning: 'PagerDuty does not know the escalation policy that the mapping names.',
    remedy: "Copy the id from the address of the policy's page in PagerDuty.",
  },
  UnknownGoogleGroup: {
    owner: 'mappingAuthor',
    meaning: 'A Google group that the mapping names does not exist.',
    remedy: 'Correct its address in the mapping, or remove it.',
  },
  UnknownRole: {
    owner: 'mappingAuthor',
    meaning: "A role of the mapping is not among Google's predefined roles as Hallpass knows them.",
    remedy: 'Correct the name, or set allowPrivileged: true if the role is newer.',
    isInFiles: true,
  },
  UnknownSchedule: {
    owner: 'mappingAuthor',
    meaning: 'PagerDuty does not know the schedule that the mapping names.',
    remedy: "Copy the id from the address of the schedule's page in PagerDuty.",
  },
  UnknownUserGroup: {
    owner: 'mappingAuthor',
    meaning: 'Slack does not know a user group that the mapping names, or the group is disabled.',
    remedy: "Copy the id from the group's menu in Slack.",
  },
  UserGroupEmpty: {
    owner: 'mappingAuthor',
    meaning: 'The user groups that alone say who may ask, or who approves, have no members.',
    remedy: 'Add people to the group in Slack, or name others in the mapping.',
  },
  UserGroupTooLarge: {
    owner: 'mappingAuthor',
    meaning: 'A user group that the mapping names has more members than can be used for this.',
    remedy: 'Name a smaller group.',
  },
} as const satisfies Record<string, Row>
