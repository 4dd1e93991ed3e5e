// An approval that was appended becomes Approved only after the controller has proved it by itself.
import type { AccessRequest } from '../api/kinds.ts'
import { mayAsk } from '../domain/asking.ts'
import { sayPerson } from '../domain/display-name.ts'
import { formatDuration } from '../domain/duration.ts'
import { grantedSeconds } from '../domain/expiry.ts'
import { isSamePerson, parseEmail } from '../domain/identity.ts'
import type { Mapping } from '../domain/mapping.ts'
import { refusal } from '../domain/outcome.ts'
import { dropTokens } from './account.ts'
import { type Failing, fail } from './close.ts'
import { delay } from './delay.ts'
import { mappingNow, type Proof, prove } from './prove.ts'
import type { World } from './world.ts'
import { conditionsWith, transition, type Written } from './write.ts'

/** Accepts the standing approval, or fails the request with the reason. */
export async function accept(world: World, request: AccessRequest): Promise<Written> {
  const proof = await looked(world, request).catch(async error => delay(world, request, error))
  if (!('refusal' in proof)) return approve(world, request, proof)
  const failed = await fail(world, request, proof)
  if (failed !== 'conflict') await dropTokens(world, failed)
  return failed
}

async function looked(world: World, request: AccessRequest): Promise<Proof | Failing> {
  return proveAll(world, request, await mappingNow(world, request))
}

async function proveAll(world: World, request: AccessRequest, mapping: Mapping | undefined): Promise<Proof | Failing> {
  const proof = await prove(world, request, mapping)
  if ('refusal' in proof || !mapping || (await isRequester(world, request, mapping))) return proof
  const message = `${request.spec.requester.email} is not among those who may ask for "${mapping.name}". Nothing is granted.`
  return { refusal: refusal('NotARequester', message), isTampering: false }
}

// Who is in a user group is Slack's to say, so it is looked up again: the request may be old, or made by hand.
async function isRequester(
  { directory, people }: World,
  { spec: { requester } }: AccessRequest,
  mapping: Mapping,
): Promise<boolean> {
  const { slackUserID } = requester
  const email = parseEmail(requester.email)
  if (!email) return false
  if (mayAsk(mapping, { email, userGroups: [] })) return true
  const person = slackUserID === undefined ? undefined : await directory.byId(slackUserID)
  if (!slackUserID || !person?.email || person.unfit || !isSamePerson({ email: person.email }, { email }, people))
    return false
  const members = await Promise.all(mapping.requesters.slackUserGroups.map(group => directory.membersOf(group)))
  return members.some(ids => ids.includes(slackUserID))
}

async function approve(world: World, request: AccessRequest, { approver, decision, rules }: Proof): Promise<Written> {
  const known = request.status?.approvers?.find(({ email }) => email === approver.email)
  const message = `Approved by ${sayPerson({ name: known?.name, email: approver.email })}.`
  return transition(
    world,
    request,
    {
      phase: 'Approved',
      approvedBy: approver.email,
      conditions: conditionsWith(world, request, { type: 'Approved', status: 'True', reason: 'Approved', message }),
    },
    {
      event: 'Approved',
      actor: approver.email,
      message,
      details: {
        decision: decision.id,
        at: decision.at,
        googleSubject: approver.googleSubject,
        evidence: decision.evidence?.hash,
        nonce: approver.claims.nonce,
        salt: decision.evidence?.salt,
        comment: decision.comment,
        duration: formatDuration(grantedSeconds(request.spec, decision.narrowing)),
        grants: decision.narrowing?.grants?.join(' '),
        rules,
      },
    },
  )
}
