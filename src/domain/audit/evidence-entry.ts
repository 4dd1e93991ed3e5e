// The log entry with the evidence of one sign-in: Google's signed ID token, and everything that its nonce was made from,
// so that a reader with Google's certificate of that day can verify it years later.
import type { AccessRequest } from '../../api/kinds.ts'
import { canonicalSpec } from '../approval/digest.ts'
import type { KeptEvidence } from '../approval/kept-evidence.ts'
import { approvalsBefore, approvalsDigest, needsSeveral } from '../approval/quorum.ts'
import { instant } from '../asking/duration.ts'
import { canonicalJson } from '../json.ts'
import { type AuditEntry, schemaVersion } from './audit.ts'

/** The evidence to publish: the record, its ID token, and the instant from which it may be read. */
export type Publishing = { kept: KeptEvidence; idToken: string; at: Date; installation: string }

/** The log entry of evidence. A repeat gives exactly the same entry. It is not part of the chain of the request's events. */
export function evidenceEntry(request: AccessRequest, { kept, idToken, at, installation }: Publishing): AuditEntry {
  const { metadata, spec } = request
  const { namespace, name, uid } = metadata
  const { id, purpose, evidence, narrowing, comment } = kept
  const isSeveral = purpose === 'approve' && needsSeveral(request)
  return {
    insertId: `${uid}-evidence-${evidence.hash.slice(0, 16)}`,
    at,
    severity: 'NOTICE',
    uid,
    isFirst: false,
    isLast: false,
    payload: {
      schema: 'hallpass/evidence/v1',
      schemaVersion,
      installation,
      event: 'Evidence',
      at: instant(at),
      message: messages[purpose],
      actor: evidence.claims.email,
      request: { namespace, name, uid },
      roleMapping: spec.roleMapping,
      requester: spec.requester.email,
      purpose,
      entry: id,
      recordedAt: kept.at,
      evidence: evidence.hash,
      idToken,
      salt: evidence.salt,
      spec: canonicalSpec(spec),
      ...(narrowing && { narrowing: canonicalJson(narrowing) }),
      ...(comment && { comment }),
      ...(isSeveral && { approvalsBefore: approvalsDigest(approvalsBefore(request, kept)) }),
    },
  }
}

const messages = {
  approve: 'The sign-in of an approval. It can no longer be used.',
  revoke: 'The sign-in for an early end. It can no longer be used.',
  review: 'The sign-in of a review. It can no longer be used.',
} as const
