// Whether the events of a request say what its people agreed to: the digest of the spec, and the narrowing, are in the nonce
// that Google signed. Pure.
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { sha256 } from '../../domain/approval/digest.ts'
import { after, durationSeconds } from '../../domain/asking/duration.ts'
import { readDetailsOfGrant } from '../../domain/audit/audit.ts'
import { parseObject } from '../../domain/json.ts'
import { loggedHours } from '../logged-hours.ts'
import { loggedWindow } from '../logged-window.ts'
import type { Finding, FindingKind } from './finding.ts'
import { toldDuration, type ToldEvidence, toldGrants, toldInstant, type ToldStep } from './told.ts'

// Somebody may have got a person to sign anything at all.
const signedSpec = z.object({
  roleMapping: z.string(),
  requester: z.object({ email: z.string() }),
  duration: toldDuration,
  reason: z.string(),
  notBefore: toldInstant.optional(),
  window: loggedWindow.optional(),
  hours: loggedHours.optional(),
  emergency: z.boolean().optional(),
  grants: toldGrants,
  approval: z.object({ required: z.int() }),
})
const signedNarrowing = z.object({ duration: toldDuration.optional(), grants: z.array(z.int()).optional() })

type Say = (kind: FindingKind, why: string) => Finding
type Agreed = {
  spec: z.infer<typeof signedSpec>
  narrowing: z.infer<typeof signedNarrowing>
  purpose: ToldEvidence['purpose']
}

/** The events that say something else than was signed. Only for evidence whose nonce has been checked. */
export function againstTerms(told: ToldEvidence, steps: readonly ToldStep[], say: Say): Finding[] {
  const { data: spec } = signedSpec.safeParse(parseObject(told.spec))
  const { data: narrowing } = signedNarrowing.safeParse(told.narrowing === undefined ? {} : parseObject(told.narrowing))
  if (!spec || !narrowing) return [say('foreign', 'what was signed has no form that Hallpass writes')]
  const digest = sha256(told.spec)
  return steps.flatMap(step => {
    const name = `${step.event} (number ${step.seq})`
    const isSame = isDeepStrictEqual(agreedIn(spec), saidIn(step)) && [undefined, digest].includes(step.details['spec'])
    if (!isSame) return [say('altered', `${name} says something else than what was signed`)]
    const more = moreThanAgreed(step, { spec, narrowing, purpose: told.purpose })
    return more ? [say('altered', `${name} ${more}`)] : []
  })
}

function agreedIn({
  roleMapping,
  requester,
  duration,
  reason,
  grants,
  hours,
  window,
  ...spec
}: Agreed['spec']): object {
  const { required } = spec.approval
  const isEmergency = spec.emergency === true
  return { roleMapping, requester: requester.email, duration, reason, grants, hours, window, required, isEmergency }
}

function saidIn({ roleMapping, requester, duration, reason, grants, hours, window, ...step }: ToldStep): object {
  const required = step.approval['required']
  const isEmergency = step.emergency === true
  return { roleMapping, requester, duration, reason, grants, hours, window, required, isEmergency }
}

/** What an event says was granted beyond what this person agreed to; undefined when it is within it. */
function moreThanAgreed({ details }: ToldStep, { spec, narrowing, purpose }: Agreed): string | undefined {
  const facts = readDetailsOfGrant(details)
  if (!facts) return undefined
  const [from, until] = [new Date(facts.startsAt), new Date(facts.expiresAt)]
  if (spec.notBefore !== undefined && from < new Date(spec.notBefore)) return 'begins earlier than what was signed'
  if (until > endOf(from, { spec, narrowing })) return 'lasts longer than what was signed'
  const left = spec.grants.filter((_, i) => purpose !== 'approve' || (narrowing.grants?.includes(i) ?? true))
  const isLeft = facts.grants.every(grant =>
    left.some(({ resource, role }) => resource === grant.resource && role === grant.role),
  )
  return isLeft ? undefined : 'has a role that was not approved'
}

function endOf(from: Date, { spec, narrowing }: Pick<Agreed, 'spec' | 'narrowing'>): Date {
  if (spec.window) return new Date(spec.window.until)
  return after(from, durationSeconds(narrowing.duration ?? spec.duration))
}
