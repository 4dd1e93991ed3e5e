// Reads the policies with the approver's token before anything is stored: whether they can be read at all, and whether
// they have room for what would be written. The controller reads and the write checks again, so a policy that Google
// does not show in time refuses nobody.
import { setTimeout as pause } from 'node:timers/promises'
import { Broken, type Refusal, refusal, Refused, Waiting } from '../../domain/outcome.ts'
import { refuseFull } from '../../domain/granting/policy-limits.ts'
import { resourceOf } from '../../domain/mapping/resources.ts'
import type { Wanted } from '../../domain/granting/wanted.ts'
import { type Dependencies, no } from '../dependencies.ts'
import type { Recording } from '../login/recording.ts'
import type { SignedIn } from '../login/sign-in.ts'

/** Google's answer takes about 200 ms. The page would have to wait for a slower one. */
const longestMs = 2000

type Room = { recording: Pick<Recording, 'wantedOf' | 'keepsToken'>; deps: Dependencies }

/** Throws Refused when a policy has no room for the entries of this sign-in, or cannot be read. */
export async function requirePolicyRoom(signedIn: SignedIn, { recording, deps }: Room): Promise<void> {
  const { opened, tokens } = signedIn
  const wanted = recording.wantedOf?.(opened.request, signedIn, deps.clock.now()) ?? []
  const judged = await Promise.all(wanted.map(one => judge(one, tokens.accessToken, deps)))
  // Who approves first of several writes nothing, so they need not be able to read.
  const isToWrite = recording.keepsToken(opened.request)
  const refused = judged.find(found => found !== undefined && (isToWrite || found.reason !== 'PolicyUnreadable'))
  if (refused) throw no(refused)
}

async function judge(
  { resource, wanted }: Wanted,
  token: SignedIn['tokens']['accessToken'],
  { policies, longestReadMs = longestMs, clock, log }: Dependencies,
): Promise<Refusal | undefined> {
  try {
    const policy = await within(policies.read(resource, token), longestReadMs)
    if (policy) return refuseFull({ resource, policy, wanted }, clock.now())
    log.warn({ resource }, 'auth: Google did not show the policy in time; the write will show whether it has room')
  } catch (error) {
    if (error instanceof Refused) return error.refusal.reason === 'AccessDenied' ? unreadable(resource) : error.refusal
    if (!(error instanceof Broken || error instanceof Waiting)) throw error
    const why = error.message
    log.warn({ resource, why }, 'auth: Google did not show the policy; the write will show whether it has room')
  }
  return undefined
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
