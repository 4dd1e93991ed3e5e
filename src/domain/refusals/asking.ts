// Reasons that are shown in Slack to a person who asks for access, denies it or withdraws it.
import type { Row } from './row.ts'

/** Reasons that are shown in Slack. */
export const asking = {
  BadDuration: {
    owner: 'requester',
    meaning: 'Something in the text may be a time, and it is not clear how long the access should last.',
    remedy: 'Write how long first, such as 30m, 2h or 1h30m, and then the reason.',
    field: 'duration',
  },
  BadStart: {
    owner: 'requester',
    meaning: 'It is not clear when access should begin, or it cannot begin then.',
    remedy:
      'Write the start directly after the time, such as "2h at 22:00" or "2h at Friday 22:00", at most 7 days ahead.',
    field: 'start',
  },
  BadWindow: {
    owner: 'requester',
    meaning: 'The access was asked for on several days, and these times cannot be granted.',
    remedy: 'Write the times and the last day, such as "22:00-02:00 until Friday", within the limits of the mapping.',
    field: 'duration',
  },
  Bot: {
    owner: 'person',
    meaning: 'An app or a bot tried to ask for access or to decide on it.',
    remedy: 'A person with a full account of the workspace asks or decides.',
  },
  Deactivated: {
    owner: 'person',
    meaning: 'The Slack account of the person is deactivated.',
    remedy: 'An administrator of the workspace activates the account.',
  },
  EmergencyUnclear: {
    owner: 'requester',
    meaning: 'The word "emergency" comes after the time, so it is not clear whether it belongs to the reason.',
    remedy: 'Write it before the time to ask as an emergency, or another word before it if it belongs to the reason.',
    field: 'reason',
  },
  ExternalEnded: {
    owner: 'requester',
    meaning: 'The requester is listed as an external, and the listed time is over.',
    remedy: 'Ask the platform team to extend the time in externalRequesters.',
    headline: 'This request can no longer be granted.',
  },
  ExternalEndsSooner: {
    owner: 'requester',
    meaning: 'The requester is listed as an external, and the access would last longer than the listed time.',
    remedy: 'Ask for less time, or ask the platform team to extend it in externalRequesters.',
    headline: 'This request can no longer be granted.',
    field: 'duration',
  },
  ForeignWorkspace: {
    owner: 'person',
    meaning: 'The person does not belong to the Slack workspace that Hallpass is installed in.',
    remedy: 'Use an account of that workspace.',
  },
  FormFault: {
    owner: 'requester',
    meaning: 'A form in Slack was sent with a fault, and was closed before the fault could be shown at its field.',
    remedy: 'Open the form again and correct the field.',
  },
  GoogleGroupUnreadable: {
    owner: 'platformTeam',
    meaning: 'A Google group cannot be read: it does not exist, or the reader of groups lacks the right.',
    remedy: 'Correct the address in the mapping, or give the reader of groups its admin role.',
    isOfCalling: true,
  },
  GoogleGroupsOff: {
    owner: 'platformTeam',
    meaning: 'A mapping names Google groups, and no account is set up to read them.',
    remedy: 'Set google.groupsReader as docs/groups.md says, or name people in another way.',
    isInFiles: true,
  },
  GoogleGroupsSilent: {
    owner: 'nobody',
    meaning: 'Google did not answer when it was asked about a Google group.',
    remedy: 'Hallpass asks again; a person tries again in a minute.',
    headline: 'Google does not answer.',
  },
  GoogleMembershipUnreadable: {
    owner: 'googleAdministrators',
    meaning: 'Google shows a group, and not who belongs to it: the edition does not include it, or a right is missing.',
    remedy: 'Use an edition that includes it, as docs/groups.md lists, or name people by address.',
    isOfCalling: true,
  },
  Guest: {
    owner: 'person',
    meaning: 'The person is a guest of the Slack workspace and is not listed in externalRequesters.',
    remedy: 'Ask a full member, or ask the platform team to list the address in externalRequesters.',
  },
  MaxConsecutive: {
    owner: 'requester',
    meaning: 'The requester would have the mapping for longer in sequence than its duration.maxConsecutive allows.',
    remedy: 'Ask for less time, or from the instant on that the message names; somebody else can ask at once.',
    field: 'duration',
  },
  NameTaken: {
    owner: 'requester',
    meaning: 'Another request already has the name that this one would get.',
    remedy: 'Ask again.',
  },
  NoEmail: {
    owner: 'person',
    meaning: 'Slack shows no confirmed e-mail address for the person, so the Google account is not known.',
    remedy: 'Confirm the address in the Slack profile.',
  },
  NoEmergency: {
    owner: 'requester',
    meaning: 'The mapping cannot be asked for as an emergency.',
    remedy: 'Ask without it, or ask the author of the mapping to declare spec.emergency.',
    field: 'mapping',
  },
  NoWindow: {
    owner: 'requester',
    meaning: 'The access was asked for on several days, and the mapping does not offer that, or it is an emergency.',
    remedy: 'Ask for one time, or ask the platform team to set duration.recurring.maxDays of the mapping.',
    field: 'duration',
  },
  NotARequester: {
    owner: 'requester',
    meaning: 'The mapping does not name the requester, nor a group that the requester belongs to.',
    remedy: 'Ask the author of the mapping to be added to its requesters.',
    headline: 'You cannot ask for this.',
    field: 'mapping',
  },
  NotReady: {
    owner: 'mappingAuthor',
    meaning: 'The mapping has a fault, or has not been checked yet, so nobody can ask for it.',
    remedy: 'Read the condition Ready of the mapping, and correct what it names.',
    field: 'mapping',
  },
  NotTheRequester: {
    owner: 'person',
    meaning: 'Somebody else than the requester tried to withdraw the request.',
    remedy: 'Only the requester withdraws a request.',
  },
  OutsideHours: {
    owner: 'requester',
    meaning:
      'All of the time that was asked for is outside of the hours of the mapping, so the access would never work.',
    remedy: 'Ask with a start within the hours; the message names the next one.',
    headline: 'This request cannot be granted now.',
    field: 'start',
  },
  ReasonMissing: {
    owner: 'requester',
    meaning: 'The mapping needs a reason, and none was given.',
    remedy: 'Ask again with a reason.',
    field: 'reason',
  },
  ReasonPattern: {
    owner: 'requester',
    meaning: "The reason does not match the mapping's reason.pattern.",
    remedy: 'Ask again with a reason of that form.',
    field: 'reason',
  },
  ReasonTooLong: {
    owner: 'requester',
    meaning: 'The reason has more characters than are stored.',
    remedy: 'Ask again with a shorter reason.',
    field: 'reason',
  },
  RequesterOutside: {
    owner: 'requester',
    meaning: "The requester's address belongs neither to the organisation nor to the listed externals.",
    remedy: 'Use a work address in Slack, or ask the platform team to list the address in externalRequesters.',
  },
  SelfDenial: {
    owner: 'person',
    meaning: 'The requester tried to deny their own request.',
    remedy: 'Withdraw it instead.',
  },
  SlackSilent: {
    owner: 'nobody',
    meaning: 'Slack did not answer when it was asked about a person or a user group.',
    remedy: 'Hallpass asks again; a person tries again in a minute.',
    headline: 'Slack does not answer.',
  },
  TooLong: {
    owner: 'requester',
    meaning: 'More time was asked for than the mapping allows.',
    remedy: 'Ask again for less time.',
    field: 'duration',
  },
  TooShort: {
    owner: 'requester',
    meaning: 'Less time was asked for than the mapping allows.',
    remedy: 'Ask again for more time.',
    field: 'duration',
  },
  UnknownPerson: {
    owner: 'person',
    meaning: 'Slack does not know the account that acted.',
    remedy: 'Use an account of the workspace that Hallpass is installed in.',
  },
  WindowOver: {
    owner: 'nobody',
    meaning: 'The last of the requested times was over before the access could be granted.',
    remedy: 'Ask again for later times.',
    field: 'duration',
  },
} as const satisfies Record<string, Row>
