// Requests in every phase, brought there by the controller.
import type { AccessRequest, Phase } from '../../src/api/kinds.ts'
import { roads } from '../builders/roads.ts'
import { type Fixture, patchStatus, requestIn } from './fixture.ts'

/** Every phase, and `New` for a request that the controller has not read yet. */
export const everyPhase = Object.keys(roads) as (Phase | 'New')[]

/** A stored request in this phase. */
export async function requestAt(
  fixture: Fixture,
  phase: Phase | 'New',
  isSettled: boolean,
  more: Parameters<typeof requestIn>[2] = {},
): Promise<AccessRequest> {
  let stored = await requestIn(fixture, 'new', more)
  for (const next of roads[phase]) stored = await patchStatus(fixture.as.controller, stored, { phase: next })
  return isSettled ? patchStatus(fixture.as.controller, stored, { settled: true }) : stored
}
