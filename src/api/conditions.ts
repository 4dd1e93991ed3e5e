// The conditions of both kinds: what each is about, what its statuses mean, and the reasons that are not refusals. Reasons
// that are refusals are in their own catalogue, domain/refusals.ts.

type ConditionFacts = {
  /** What the condition is about. */
  about: string
  True: string
  False: string
  Unknown: string
  /** Reasons that only say where things stand, each with the status it comes with. */
  reasons: Readonly<Record<string, { status: 'True' | 'False' | 'Unknown'; meaning: string }>>
}

/**
 * What tools read of every kind (kstatus, in Flux and others). At most one of them is there, and then it is True and
 * repeats the reason and the message of another condition.
 */
const progress = (about: { Reconciling: string; Stalled: string }) =>
  ({
    Reconciling: {
      about: `${about.Reconciling} Tools such as Flux then show the object as in progress.`,
      True: 'Work is under way. Reason and message are those of another condition.',
      False: 'Not used. The condition is absent instead.',
      Unknown: 'Not used.',
      reasons: {},
    },
    Stalled: {
      about: `${about.Stalled} Tools such as Flux then show the object as failed.`,
      True: 'A person must act. Reason and message are those of another condition.',
      False: 'Not used. The condition is absent instead.',
      Unknown: 'Not used.',
      reasons: {},
    },
  }) as const

/** The conditions of an AccessRequest. */
export const requestConditions = {
  Routed: {
    about: 'Whether somebody has been asked to decide.',
    True: 'The people in `status.approvers` have been asked.',
    False: 'Nobody could be asked so far. The message says what the platform team or the mapping author can do.',
    Unknown:
      'Hallpass is looking up whom to ask, or the message that asks them is not posted yet; then the reason says why they are asked.',
    reasons: {
      LookingUp: { status: 'Unknown', meaning: 'The request is new, and PagerDuty has not been asked yet.' },
      OnCall: { status: 'True', meaning: 'The people on call were asked.' },
      Escalated: { status: 'True', meaning: 'Nobody answered in time, so the next level was asked too.' },
      FallbackAsked: {
        status: 'True',
        meaning: 'PagerDuty named nobody or did not answer, so the fallback was asked.',
      },
      Asked: { status: 'True', meaning: 'The people whom the mapping itself names were asked.' },
      TooFewToAsk: {
        status: 'True',
        meaning: 'Several people must approve, and fewer can be asked. It changes when somebody else comes on call.',
      },
      AskedDirectly: {
        status: 'True',
        meaning: 'The channel could not be used, so the people were asked by direct message.',
      },
    },
  },
  Approved: {
    about: 'Whether the request has been approved, and the approval has been proved.',
    True: 'The controller has verified the signature of Google and the right of the approver.',
    False: 'It was not approved, and never will be.',
    Unknown: 'Nobody has decided, or the approval cannot be checked yet. With `Waiting` nothing is wrong.',
    reasons: {
      Waiting: { status: 'Unknown', meaning: 'Nobody has decided yet.' },
      Approved: { status: 'True', meaning: 'The person in `status.approvedBy` has approved it.' },
      Denied: { status: 'False', meaning: 'Somebody who may decide has denied it.' },
      Withdrawn: { status: 'False', meaning: 'The requester withdrew it, or the object was deleted.' },
      TimedOut: { status: 'False', meaning: 'Nobody decided within the window.' },
    },
  },
  Provisioned: {
    about: 'Whether the IAM bindings have been written.',
    True: 'The requester has access, or may have part of it: see `Complete`.',
    False: 'Nothing is in force, or it has ended.',
    Unknown: 'The bindings cannot be written yet. It is tried again until the approver’s sign-in ends.',
    reasons: {
      Granted: { status: 'True', meaning: 'Google confirmed every binding.' },
      Expired: { status: 'False', meaning: 'The access has ended at its time.' },
      Revoked: { status: 'False', meaning: 'A person with the right to change the policy ended the access early.' },
    },
  },
  Complete: {
    about: 'Whether Google confirmed every binding.',
    True: 'Google confirmed every binding.',
    False:
      'At least one binding may be in force although Google did not confirm it. Slack and the page say that the person may hold part of the mapping ([when](../design.md#may-hold-part-of)), and `hallpass who` counts it as held.',
    Unknown: 'Not used.',
    reasons: {
      AllWritten: { status: 'True', meaning: 'Google confirmed every binding.' },
    },
  },
  Accounted: {
    about: 'Whether the audit log has every event of the request.',
    True: 'Nothing waits for delivery.',
    False: 'Events wait in `status.audit` and are sent again. None is lost.',
    Unknown: 'Not used.',
    reasons: {
      Delivered: { status: 'True', meaning: 'Cloud Logging has taken every event.' },
      LogUnavailable: {
        status: 'False',
        meaning: 'Cloud Logging does not answer. The events are kept and sent again.',
      },
    },
  },
  Reviewed: {
    about:
      'Whether an emergency has been reviewed. Other requests, and emergencies that gave no access, do not have it.',
    True: 'A person who neither asked nor approved has signed it off. The controller has verified the signature of Google.',
    False: 'Nobody has reviewed it. With `ReviewOverdue` nobody can any more.',
    Unknown: 'Not used.',
    reasons: {
      Reviewed: { status: 'True', meaning: 'The person in `status.reviewedBy` has reviewed it.' },
      AwaitingEnd: { status: 'False', meaning: 'The access runs. It is reviewed when it has ended.' },
      AwaitingReview: { status: 'False', meaning: 'The access has ended, and the reviewers are asked.' },
      ReviewOverdue: { status: 'False', meaning: 'Nobody reviewed it in time.' },
    },
  },
  ...progress({
    Reconciling: 'There while the request can still be granted.',
    Stalled: 'There when the request ended without access, or when it is in doubt what was granted.',
  }),
} as const satisfies Readonly<Record<string, ConditionFacts>>

/** The conditions of a RoleMapping. */
export const mappingConditions = {
  Ready: {
    about: 'Whether the mapping can be asked for.',
    True: 'People can ask for it.',
    False: 'It has a fault that its author must fix. The message names every fault.',
    Unknown: 'It cannot be checked at the moment, because a service does not answer or a right is missing.',
    reasons: {
      Checked: { status: 'True', meaning: 'Every check has passed. The message may carry remarks.' },
    },
  },
  PolicyRoom: {
    about:
      'Whether the IAM policies of the mapping have room for more entries, as the controller last saw them at a grant ([when a policy is full](../approval.md#when-a-policy-is-full)). Absent until then. `status.policies` has the figures.',
    True: 'Every policy that was seen is below four fifths of each of the limits of Google.',
    False: 'A policy has reached four fifths of a limit. The message says which policy, and which limit.',
    Unknown: 'Not used.',
    reasons: {
      RoomLeft: { status: 'True', meaning: 'There is room.' },
      NearlyFull: {
        status: 'False',
        meaning: 'The platform team should remove entries that nobody needs any more.',
      },
    },
  },
  PolicyAsRecorded: {
    about:
      'Whether the IAM policies of the mapping are as Hallpass has recorded, as the controller last compared them ([drift](../drift.md#the-periodic-check)). Only where `google.policyReader` is set. `status.drift` has the differences.',
    True: 'Nothing differed, besides expired entries.',
    False: 'Something differs, and a person should look. Nothing is repaired by itself.',
    Unknown: 'A policy could not be read. The log of the controller says why.',
    reasons: {
      AsRecorded: { status: 'True', meaning: 'The policies are as recorded.' },
      DriftFound: {
        status: 'False',
        meaning: 'Somebody changed, added or removed entries. `hallpass drift` prints what can be done about each.',
      },
      PolicyUnread: {
        status: 'Unknown',
        meaning: 'The account of `google.policyReader` could not read every policy of the mapping.',
      },
    },
  },
  ...progress({
    Reconciling: 'There while the mapping cannot be checked because a service does not answer.',
    Stalled: 'There when the mapping is not Ready and a person must change something.',
  }),
} as const satisfies Readonly<Record<string, ConditionFacts>>

/** Every type of condition that Hallpass writes. */
export type ConditionType = keyof typeof requestConditions | keyof typeof mappingConditions

/** The reasons in a table of conditions. */
type ReasonsOf<T extends Readonly<Record<string, ConditionFacts>>> = {
  [Type in keyof T]: keyof T[Type]['reasons']
}[keyof T]

/** Every reason of a condition that only says where things stand, and is no refusal. */
export type PlainReason = ReasonsOf<typeof requestConditions> | ReasonsOf<typeof mappingConditions>

/** A kind's conditions with their facts, for a reader that goes through all of them. */
export const conditionsOf: Readonly<Record<'AccessRequest' | 'RoleMapping', Readonly<Record<string, ConditionFacts>>>> =
  { AccessRequest: requestConditions, RoleMapping: mappingConditions }
