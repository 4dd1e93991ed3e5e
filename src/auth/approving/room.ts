// Whether the time in sequence that a mapping allows has room for what is being approved, for a clear early refusal. The
// controller judges it again when it accepts the approval.
import { promise } from '../../domain/granting/expiry.ts'
import { approvedNarrowing, met } from '../../domain/approval/quorum.ts'
import { refuseSequence, wantedTime } from '../../domain/asking/sequence.ts'
import { heldBy } from '../../store/held.ts'
import { type Dependencies, inHouse, no } from '../dependencies.ts'
import type { SignedIn } from '../login/sign-in.ts'

/**
 * Throws Refused when the requester would have the mapping for too long in sequence, on the approver's terms. Ending
 * access always has room.
 */
export async function requireRoom({ ticket, login, opened }: SignedIn, deps: Dependencies): Promise<void> {
  const { request, mapping: rule } = opened
  if (ticket.purpose !== 'approve' || rule?.maxConsecutiveSeconds === undefined) return
  const narrowing = met(request.spec, [approvedNarrowing(request), login.narrowing])
  const now = deps.clock.now()
  const wanted = wantedTime(promise(request.spec, narrowing, now), now, request.spec)
  const held = await inHouse(heldBy(request, { rule, from: wanted.from }, deps))
  const refused = refuseSequence(rule, held, wanted)
  if (refused) throw no(refused)
}
