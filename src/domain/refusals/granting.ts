// Reasons that the controller finds: nobody to ask, whether an approval is genuine, and the result of the grants.
import type { Row } from './row.ts'

/** Reasons that the controller finds between a request and its end. */
export const granting = {
  AddressNotPrimary: {
    owner: 'requester',
    meaning:
      "Google knows the requester's address as an alias of another address, and access goes to primary addresses only.",
    remedy: 'Ask with the primary address, or have the platform team correct the address in Slack.',
  },
  ApprovalNotAuthentic: {
    owner: 'tampering',
    meaning: 'What is stored about the approval does not agree with what Google signed.',
    remedy: 'The platform team finds out who changed it; the requester asks again.',
  },
  EndingNotAuthentic: {
    owner: 'tampering',
    meaning: 'What is stored about an early end does not agree with what Google signed.',
    remedy: 'The platform team finds out who changed it; a person who may end the access signs in again.',
  },
  EvidenceChanged: {
    owner: 'tampering',
    meaning: 'The sealed evidence of a sign-in is not what was stored for it, so it was not published.',
    remedy: 'The platform team finds out who wrote into the namespace of sealed tokens.',
  },
  EvidenceMissing: {
    owner: 'platformTeam',
    meaning: 'The sealed evidence of a sign-in was deleted before it was published in the audit log.',
    remedy: "Find out who deleted it. The request's events still have the hash and the claims.",
  },
  GrantNotAuthentic: {
    owner: 'tampering',
    meaning: 'Somebody marked the request as granted by hand, without an approval.',
    remedy: 'The platform team finds out who changed it; the requester asks again.',
  },
  GrantRefused: {
    owner: 'googleAdministrators',
    meaning: 'Google refused to write a grant, and the message says what it refused.',
    remedy: 'Do what the message says, then the requester asks again.',
  },
  GrantsNotAuthentic: {
    owner: 'tampering',
    meaning: 'The stored record of the grants was changed by somebody else than Hallpass.',
    remedy: 'The platform team finds out who changed it, and looks at the IAM policies that the message names.',
  },
  InDoubt: {
    owner: 'nobody',
    meaning:
      'Google did not say whether a grant was written, so the requester may hold part of the mapping until its time is over.',
    remedy: 'Nothing is left to do: a binding that was written ends at its time.',
  },
  MessageRefused: {
    owner: 'platformTeam',
    meaning: 'Slack refuses the message that asks the approvers, so it cannot be posted.',
    remedy: 'Read the message, and correct the channel or the rights of the Slack app.',
  },
  NobodyToAsk: {
    owner: 'mappingAuthor',
    meaning: 'The mapping leads to nobody who can approve the request.',
    remedy: 'Name a fallback or further approvers in the mapping, or put somebody on call.',
  },
  NotRemoved: {
    owner: 'person',
    meaning: 'Google did not remove the access with the sign-in of the person who wanted to end it.',
    remedy: 'Sign in again, or somebody else with the permission ends it. It ends at its time in any case.',
  },
  ProofDelayed: {
    owner: 'nobody',
    meaning: 'Google, Slack or the cluster did not answer while the approval was checked.',
    remedy: "Nothing is left to do: it is tried again until the approver's sign-in ends.",
  },
  RequesterChanged: {
    owner: 'requester',
    meaning: 'The Slack account of the requester now has another address or name than the request says.',
    remedy: 'Ask again.',
  },
  RequesterUnfit: {
    owner: 'requester',
    meaning:
      'The Slack account of the requester can no longer take part: it is deactivated, a bot, or of another workspace.',
    remedy: 'Ask again with an active account of the workspace.',
  },
  SealedTokenMissing: {
    owner: 'requester',
    meaning: "The approver's sealed sign-in is no longer in the cluster.",
    remedy: 'Ask again.',
  },
  TimesNotAuthentic: {
    owner: 'tampering',
    meaning: 'The stored start or end of access does not fit the approval.',
    remedy: 'The platform team finds out who changed it; the requester asks again.',
  },
  TooLate: {
    owner: 'nobody',
    meaning: 'The time that was asked for was over before access could be granted.',
    remedy: 'The requester asks again.',
  },
  UnknownRequester: {
    owner: 'requester',
    meaning: 'Slack does not know the account that asked, or the request names no Slack account.',
    remedy: 'Ask again with a Slack account of the workspace.',
  },
} as const satisfies Record<string, Row>
