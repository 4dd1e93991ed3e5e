// Publishes the evidence of sign-ins that can no longer be used: from its sealed Secret straight to the log. The ID token
// never touches the status, and the access token is not in this Secret.
import type { AccessRequest } from '../../api/kinds.ts'
import {
  decodeEvidence,
  evidenceAad,
  evidenceName,
  isKeptFor,
  type KeptContent,
  type KeptEvidence,
  lostAt,
  publishableAt,
  publishAt,
  unpublished,
} from '../../domain/approval/kept-evidence.ts'
import { instant } from '../../domain/asking/duration.ts'
import type { AuditEntry } from '../../domain/audit/audit.ts'
import { evidenceEntry } from '../../domain/audit/evidence-entry.ts'
import { type Refusal, refusal, Refused, Waiting } from '../../domain/outcome.ts'
import type { StatusPatch } from '../../domain/ports.ts'
import { auditedAs } from '../../domain/refusals.ts'
import type { Dependencies } from '../dependencies.ts'
import type { Happening } from '../granting/write.ts'
import type { Delivered } from './deliver.ts'

/** Evidence whose end is known: published, or lost for a reason. */
type Done = { kept: KeptEvidence; lost: Refusal | undefined }

/**
 * Publishes what is due and records it. After a crash in between it is published again with the same id. What is missing
 * or was changed is recorded as lost, with an event, so that the request can be settled.
 */
export async function publish(deps: Dependencies, request: AccessRequest): Promise<Delivered> {
  const now = deps.clock.now()
  const due = unpublished(request).filter(kept => now >= publishAt(kept, deps.evidenceAfterSeconds))
  const done: Done[] = []
  const ready: { kept: KeptEvidence; entry: AuditEntry }[] = []
  let failure: unknown
  for (const kept of due)
    try {
      const found = await entryFor(deps, request, kept)
      if ('reason' in found) done.push({ kept, lost: found })
      else ready.push({ kept, entry: found })
    } catch (error) {
      failure ??= error
    }
  try {
    if (ready.length > 0) await deps.auditLog.write(ready.map(({ entry }) => entry))
    done.push(...ready.map(({ kept }) => ({ kept, lost: undefined })))
  } catch (error) {
    failure ??= error
  }
  return {
    record: fresh => recorded(fresh, done, now),
    happened: done.flatMap(({ kept, lost }) => (lost ? lossOf(kept, lost) : [])),
    ...(failure !== undefined && { error: failure }),
  }
}

/** The entry to publish, or why the evidence is lost. Rejects when it must be tried again. */
async function entryFor(deps: Dependencies, request: AccessRequest, kept: KeptEvidence): Promise<AuditEntry | Refusal> {
  const content = await opened(deps, request, kept)
  if ('reason' in content) return content
  const { idToken } = content
  const at = deps.evidenceAfterSeconds === undefined ? publishableAt(idToken) : publishAt(kept, 0)
  if (!at) return changed
  // The stored end is only a copy: Google's own decides, so that nobody can have a living token published.
  if (deps.clock.now() < at) throw new Waiting(at, 'The sign-in has not ended yet, so its evidence is not published.')
  return evidenceEntry(request, { kept, idToken, at, installation: deps.publicUrl })
}

async function opened(
  deps: Dependencies,
  { metadata: { uid } }: AccessRequest,
  kept: KeptEvidence,
): Promise<KeptContent | Refusal> {
  const { purpose, evidence } = kept
  const sealed = await deps.sealedTokens.read(evidenceName(uid, evidence.hash))
  if (sealed === undefined) return missing
  try {
    const content = decodeEvidence(await deps.tokens.unseal(sealed, evidenceAad(uid, evidence.hash, purpose)))
    return content && isKeptFor(content, evidence) ? content : changed
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    if (error.refusal.reason === 'NotAuthentic') return changed
    if (deps.clock.now() >= lostAt(kept, deps.evidenceAfterSeconds)) return error.refusal
    throw error
  }
}

const missing = refusal(
  'EvidenceMissing',
  'The sealed evidence of a sign-in was deleted before it was published, so this sign-in cannot be verified later.',
)
const changed = refusal(
  'EvidenceChanged',
  'The sealed evidence of a sign-in is not what was stored for it, so this sign-in cannot be verified later.',
)

function recorded({ status }: AccessRequest, done: readonly Done[], now: Date): StatusPatch {
  const before = status?.evidence ?? []
  const added = done
    .filter(({ kept }) => !before.some(({ id }) => id === kept.id))
    .map(({ kept, lost }) => ({
      id: kept.id,
      state: lost ? ('Lost' as const) : ('Published' as const),
      at: instant(now),
    }))
  return added.length > 0 ? { evidence: [...before, ...added] } : {}
}

function lossOf({ id, purpose, evidence }: KeptEvidence, { reason, message }: Refusal): Happening[] {
  const audit = auditedAs(reason)
  return [
    ...(audit ? [{ event: audit, message, details: { reason } }] : []),
    { event: 'EvidenceLost', message, details: { entry: id, purpose, evidence: evidence.hash, reason } },
  ]
}
