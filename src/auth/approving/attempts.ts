// Refused attempts, noted in the request for the person who looks into them later. Best effort: a note that cannot be stored
// changes nothing for the person.
import type { AccessRequest, RequestStatus } from '../../api/kinds.ts'
import { instant } from '../../domain/asking/duration.ts'
import { Broken, type Refusal, Waiting } from '../../domain/outcome.ts'
import { entryOf } from '../../domain/refusals.ts'
import { shortLine } from '../../domain/text.ts'
import type { Ticket } from '../../domain/approval/ticket.ts'
import type { Dependencies } from '../dependencies.ts'
import { findRequest } from '../web/opening.ts'
import type { Recording } from '../login/recording.ts'

/** The person, the attempt, and why it was refused. */
export type Attempt = { ticket: Ticket; who: string; refused: Refusal; recording: Recording }

const tries = 3
const kept = 5

/**
 * Notes the attempt against exactly the state that was seen, if the reason counts as an attempt. Never rejects because
 * it cannot be stored.
 */
export async function noteAttempt(attempt: Attempt, deps: Dependencies): Promise<void> {
  if (!entryOf(attempt.refused.reason).isAttempt) return
  try {
    for (let i = 0; i < tries; i++) {
      const opened = await findRequest(attempt.ticket, deps)
      const { request } = opened
      // Nobody can do it any more, so this says nothing about the person.
      if (attempt.recording.refuseNow(opened, deps)) return
      if ((await deps.requests.patchStatus(request, { attempts: withAttempt(request, attempt, deps) })) !== 'conflict')
        return
    }
  } catch (error) {
    const why = error instanceof Broken || error instanceof Waiting ? error.message : 'it could not be stored'
    deps.log.warn(
      { request: attempt.ticket.name, why },
      'auth: a refused attempt could not be noted; the person is answered anyway',
    )
  }
}

function withAttempt(
  { status }: AccessRequest,
  { who, refused }: Attempt,
  { clock }: Dependencies,
): NonNullable<RequestStatus['attempts']> {
  const { count = 0, last = [] } = status?.attempts ?? {}
  const noted = {
    at: instant(clock.now()),
    who: shortLine(who, 254),
    why: shortLine(`${refused.reason}: ${refused.message}`, 300),
  }
  return { count: count + 1, last: [...last, noted].slice(-kept) }
}
