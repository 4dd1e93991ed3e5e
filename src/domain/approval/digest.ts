// Digests that connect an approval to a request: the canonical form of a spec, and the nonce of the approver's login.
import { createHash, hash as digestOf } from 'node:crypto'
import type { Narrowing, RequestSpec } from '../../api/kinds.ts'
import { canonicalJson } from '../json.ts'

/**
 * What a login can be for. The purpose is part of every ticket, nonce and seal, so that none can be used for another
 * purpose. `src/auth/login/purposes.ts` says what each means and how to add one.
 */
export const purposes = ['approve', 'revoke', 'review'] as const
export type Purpose = (typeof purposes)[number]

/** SHA-256, hex. */
export function sha256(data: string | Uint8Array): string {
  return digestOf('sha256', data)
}

/** SHA-256 (hex) of the canonical form of a spec: what every nonce binds. */
export function specDigest(spec: RequestSpec): string {
  return sha256(canonicalSpec(spec))
}

/**
 * The versioned canonical form of a spec: named fields in a fixed order. A field that this version does not know is not
 * covered, so the CRD must not gain one without a new version here (a test compares the two).
 */
export function canonicalSpec(spec: RequestSpec): string {
  const { approval } = spec
  return canonicalJson({
    version: 'hallpass/spec/v1',
    roleMapping: spec.roleMapping,
    requester: {
      email: spec.requester.email,
      slackUserID: spec.requester.slackUserID,
      // Absent in requests from Slack and in those of earlier releases, which so keep their digests.
      googleSubject: spec.requester.googleSubject,
      name: spec.requester.name,
    },
    origin: spec.origin,
    duration: spec.duration,
    reason: spec.reason,
    notBefore: spec.notBefore,
    // Absent from every request for one time.
    window: spec.window && {
      zone: spec.window.zone,
      from: spec.window.from,
      to: spec.window.to,
      until: spec.window.until,
    },
    follows: spec.follows && { name: spec.follows.name, uid: spec.follows.uid },
    // Absent from every other request, so that its digest is what it was before there were emergencies.
    emergency: spec.emergency,
    review: spec.review && {
      channel: spec.review.channel,
      within: spec.review.within,
      reviewers: namedOf(spec.review.reviewers),
    },
    // Absent from the digests of requests without them.
    hours: spec.hours && {
      zone: spec.hours.zone,
      spans: spec.hours.spans.map(({ days, from, to }) => ({ days, from, to })),
    },
    slack: spec.slack && {
      teamID: spec.slack.teamID,
      channelID: spec.slack.channelID,
      triggerDigest: spec.slack.triggerDigest,
    },
    grants: spec.grants.map(({ resource, role, condition }) => ({ resource, role, condition })),
    approval: {
      required: approval.required,
      window: approval.window,
      escalateAfter: approval.escalateAfter,
      onCall: approval.onCall && {
        escalationPolicy: approval.onCall.escalationPolicy,
        schedule: approval.onCall.schedule,
        level: approval.onCall.level,
      },
      fallback: approval.fallback && namedOf(approval.fallback),
      allowed: approval.allowed && {
        emails: approval.allowed.emails,
        // Absent from the digests of requests without it.
        googleGroups: approval.allowed.googleGroups,
      },
      onlyOnCall: approval.onlyOnCall,
    },
  })
}

function namedOf({ emails, slackUserGroup }: NonNullable<RequestSpec['approval']['fallback']> = {}): object {
  return { emails, slackUserGroup }
}

/** The content of a nonce. */
export type Commitment = {
  purpose: Purpose
  uid: string
  specDigest: string
  narrowing?: Narrowing | undefined
  comment?: string | undefined
  /** Digest of the approvals before it, if more than one person must approve. */
  before?: string | undefined
  /** 32 random bytes, base64url. */
  salt: string
}

/**
 * The OIDC nonce of a login: base64url of SHA-256 over length-prefixed fields, so that no two different commitments have
 * the same bytes. Google signs it into the ID token, which makes the token evidence for exactly this decision.
 */
export function nonceOf(commitment: Commitment): string {
  const { duration, grants } = commitment.narrowing ?? {}
  const { before } = commitment
  const fields = [
    before === undefined ? 'hallpass/v1' : 'hallpass/v2',
    commitment.purpose,
    commitment.uid,
    commitment.specDigest,
    canonicalJson({ duration, grants }),
    sha256(commitment.comment ?? ''),
    commitment.salt,
    ...(before === undefined ? [] : [before]),
  ]
  return digestOfFields(fields)
}

/** What a sign-in is for that is about no request: the session of the second door, or the rehearsal of an approver. */
export type VisitPurpose = 'session' | 'rehearse'

/**
 * The nonce of such a sign-in. It names no request, so the ID token can never serve as evidence for one; and it names the
 * purpose, so the sign-in of a rehearsal opens no session.
 */
export function visitNonce(purpose: VisitPurpose, salt: string): string {
  return digestOfFields(['hallpass/v1', `visit/${purpose}`, salt])
}

function digestOfFields(fields: readonly string[]): string {
  const hash = createHash('sha256')
  for (const field of fields) {
    const bytes = Buffer.from(field, 'utf8')
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    hash.update(length).update(bytes)
  }
  return hash.digest('base64url')
}
