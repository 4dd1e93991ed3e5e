// Reads the policies with the approver's token before anything is stored: whether they can be read at all, whether they
// have room for what would be written, and what the requester has there already. The controller reads and the write checks
// again, so a policy that Google does not show in time refuses nobody.
import { setTimeout as pause } from 'node:timers/promises'
import { Broken, type Refusal, refusal, Refused, Waiting } from '../../domain/outcome.ts'
import type { Held } from '../../domain/granting/held.ts'
import { holdsUnconditionally, type Policy } from '../../domain/granting/policy.ts'
import { refuseFull } from '../../domain/granting/policy-limits.ts'
import { resourceOf } from '../../domain/mapping/resources.ts'
import type { Wanted } from '../../domain/granting/wanted.ts'
import { type Dependencies, no } from '../dependencies.ts'
import type { Recording } from '../login/recording.ts'
import type { SignedIn } from '../login/sign-in.ts'

/** Google's answer takes about 200 ms. The page would have to wait for a slower one. */
const longestMs = 2000

type Room = { recording: Pick<Recording, 'wantedOf' | 'keepsToken'>; deps: Dependencies }

/**
 * Throws Refused when a policy has no room for the entries of this sign-in, or cannot be read. Returns the roles that the
 * requester has there without a time limit already, as far as Google showed the policies.
 */
export async function requirePolicyRoom(signedIn: SignedIn, { recording, deps }: Room): Promise<Held[]> {
  const { opened, tokens } = signedIn
  const wanted = recording.wantedOf?.(opened.request, signedIn, deps.clock.now()) ?? []
  const judged = await Promise.all(wanted.map(one => judge(one, tokens.accessToken, deps)))
  // Who approves first of several writes nothing, so they need not be able to read.
  const isToWrite = recording.keepsToken(opened.request)
  const refused = judged
    .map(found => found.refused)
    .find(found => found !== undefined && (isToWrite || found.reason !== 'PolicyUnreadable'))
  if (refused) throw no(refused)
  return judged.flatMap(({ held }) => held)
}

/** What a policy shows before it is changed. */
type Shown = { refused?: Refusal | undefined; held: Held[] }

async function judge(
  { resource, wanted }: Wanted,
  token: SignedIn['tokens']['accessToken'],
  { policies, longestReadMs = longestMs, clock, log }: Dependencies,
): Promise<Shown> {
  try {
    const policy = await within(policies.read(resource, token), longestReadMs)
    if (policy)
      return { refused: refuseFull({ resource, policy, wanted }, clock.now()), held: heldBy(policy, resource, wanted) }
    log.warn({ resource }, 'auth: Google did not show the policy in time; the write will show whether it has room')
  } catch (error) {
    if (error instanceof Refused)
      return { refused: error.refusal.reason === 'AccessDenied' ? unreadable(resource) : error.refusal, held: [] }
    if (!(error instanceof Broken || error instanceof Waiting)) throw error
    const why = error.message
    log.warn({ resource, why }, 'auth: Google did not show the policy; the write will show whether it has room')
  }
  return { held: [] }
}

function heldBy(policy: Policy, resource: string, wanted: Wanted['wanted']): Held[] {
  return wanted
    .filter(({ role, member }) => holdsUnconditionally(policy, role, member))
    .map(({ role }) => ({ resource, role }))
}

async function within<T>(work: Promise<T>, ms: number): Promise<T | undefined> {
  const done = new AbortController()
  const late = pause(ms, undefined, { signal: done.signal, ref: false }).catch(() => undefined)
  try {
    return await Promise.race([work, late])
  } finally {
    done.abort()
  }
}

function unreadable(resource: string): Refusal {
  const permission = resourceOf(resource)?.permissions.get ?? 'getIamPolicy'
  return refusal(
    'PolicyUnreadable',
    `You cannot grant this: on "${resource}" your account may change the IAM policy but not read it, and Hallpass reads it before each change. It takes the permission "${permission}" too. The platform team gives both with: hallpass approver-rights --resource ${resource}`,
  )
}
