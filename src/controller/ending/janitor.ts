// The janitor, where it is installed: it is asked for a holder who is done, and what it answers becomes the end of the
// request. The controller itself removes nothing here, and calls nobody.
import type { AccessRequest, Ending, GrantRecord } from '../../api/kinds.ts'
import { instant } from '../../domain/asking/duration.ts'
import { detailsOfGrant } from '../../domain/audit/audit.ts'
import { isGone, type Removal, type RemovalState } from '../../domain/ending/removal.ts'
import { refusal } from '../../domain/outcome.ts'
import { sayPerson } from '../../domain/people/display-name.ts'
import { shortLine } from '../../domain/text.ts'
import { inDoubt } from '../granting/conclude.ts'
import type { Dependencies } from '../dependencies.ts'
import { type Change, conditionsWith, transition, type Written } from '../granting/write.ts'

/**
 * Asks the janitor, once. The event is in the same write, so that no use of the janitor's right can be without one: it acts
 * only when it has read this.
 */
export async function askJanitor(deps: Dependencies, request: AccessRequest, wish: Ending): Promise<Written> {
  const { clock, janitor = '' } = deps
  const removalAsked = { ending: wish.id, at: instant(clock.now()), janitor }
  const message = `${holderOf(request)} is done, so the janitor is asked to remove the access.`
  return transition(
    deps,
    request,
    { removalAsked },
    {
      event: 'RemovalAsked',
      actor: request.spec.requester.email,
      message,
      details: { ending: wish.id, janitor, slackUserID: wish.who.slackUserID, googleSubject: wish.who.googleSubject },
    },
  )
}

/** Ends the request if nothing is left of its access. Otherwise records why not, and people are asked. */
export async function heedJanitor(deps: Dependencies, request: AccessRequest, removal: Removal): Promise<Written> {
  const { patch, happened } = isGone(removal)
    ? removedByJanitor(deps, request, removal)
    : notRemoved(deps, request, removal)
  return transition(deps, request, patch, ...happened)
}

/** The end of a request whose access the janitor has removed. */
export function removedByJanitor(deps: Dependencies, request: AccessRequest, removal: Removal): Change {
  const { status = {} } = request
  const endedAt = instant(deps.clock.now())
  const grants = grantsAfter(deps, request, removal)
  const message = removal.states.includes('Removed')
    ? `Access was ended early by the janitor, because ${holderOf(request)} was done.`
    : `Access was ended early, because ${holderOf(request)} was done. It was gone when the janitor looked.`
  return {
    patch: {
      phase: 'Revoked',
      endedAt,
      grants,
      conditions: conditionsWith(deps, request, { type: 'Provisioned', status: 'False', reason: 'Revoked', message }),
    },
    happened: [
      {
        event: 'Revoked',
        actor: status.removalAsked?.janitor,
        message,
        details: { ...detailsOfGrant({ ...status, grants, endedAt }), ...factsOf(request, removal) },
      },
    ],
  }
}

function notRemoved(deps: Dependencies, request: AccessRequest, removal: Removal): Change {
  const { status = {} } = request
  const { removalAsked, endingsRefused = [] } = status
  const why = shortLine(removal.why ?? 'Google did not say what was removed.', 300)
  const message = `The janitor did not remove it: ${why}`
  const at = instant(deps.clock.now())
  const entry = { id: removalAsked?.ending ?? '', reason: 'JanitorRefused' as const, message, at }
  const patch = { endingsRefused: [...endingsRefused, entry] }
  const happened = [
    {
      event: 'EndingRefused' as const,
      actor: removalAsked?.janitor,
      message: `The access was not ended: ${message}`,
      details: { ...factsOf(request, removal), reason: entry.reason },
    },
  ]
  if (removal.states.every(state => state === 'Left')) return { patch, happened }
  const grants = grantsAfter(deps, request, removal)
  const doubt = inDoubt(deps, { ...request, status: { ...status, grants } }, { refusal: refusal('InDoubt', message) })
  return { patch: { ...patch, ...doubt.patch }, happened: [...happened, ...doubt.happened] }
}

// What is left of access that was removed in part may be in force, and its record says so until its time.
function grantsAfter({ clock }: Dependencies, { status }: AccessRequest, { states }: Removal): GrantRecord[] {
  const at = instant(clock.now())
  return (status?.grants ?? []).map(({ resource, role }, i) => ({ resource, role, state: stateOf(states[i]), at }))
}

function stateOf(state: RemovalState | undefined): GrantRecord['state'] {
  return state === 'Removed' || state === 'Gone' ? 'Removed' : 'Unknown'
}

function factsOf({ status, spec }: AccessRequest, { states }: Removal): Record<string, string | undefined> {
  return { ending: status?.removalAsked?.ending, wantedBy: spec.requester.email, states: states.join(' ') }
}

function holderOf({ spec: { requester } }: AccessRequest): string {
  return sayPerson(requester)
}
