// Asks Google whether this person may write the policies, for a clear early refusal. The write is the real check,
// so this step is skipped when Google does not answer. An approval that others must follow writes nothing, so for it this
// is the real check.
import { Broken, type Refusal, refusal, Waiting } from '../../domain/outcome.ts'
import { resourceOf } from '../../domain/mapping/resources.ts'
import { type Dependencies, no } from '../dependencies.ts'
import type { Words } from '../login/purpose.ts'
import type { Recording } from '../login/recording.ts'
import type { SignedIn, Tokens } from '../login/sign-in.ts'

/** Throws Refused when Google says that this person may not write the policy of one of the resources. */
export async function requireRights(
  signedIn: SignedIn,
  { recording, words }: { recording: Recording; words: Words },
  deps: Dependencies,
): Promise<void> {
  const { tokens, opened } = signedIn
  const { request } = opened
  const resources = recording.resourcesOf(request, signedIn)
  const ask = recording.keepsToken(request) ? mayWrite : mustAnswer
  const answers = await Promise.all(resources.map(async resource => ask(resource, tokens, deps)))
  const refused = resources.find((_, index) => answers[index] === false)
  if (refused) throw no(noRights(refused, request.spec.roleMapping, words))
}

async function mayWrite(resource: string, { accessToken }: Tokens, { policies, log }: Dependencies): Promise<boolean> {
  try {
    return await policies.mayWrite(resource, accessToken)
  } catch (error) {
    if (!(error instanceof Broken || error instanceof Waiting)) throw error
    log.warn(
      { resource, why: error.message },
      'auth: Google did not answer whether the person may write the policy; the write will show it',
    )
    return true
  }
}

async function mustAnswer(resource: string, { accessToken }: Tokens, { policies }: Dependencies): Promise<boolean> {
  return policies.mayWrite(resource, accessToken)
}

function noRights(resource: string, mapping: string, { cannot, must }: Words): Refusal {
  const { get, set } = resourceOf(resource)?.permissions ?? { get: 'getIamPolicy', set: 'setIamPolicy' }
  return refusal(
    'NoRights',
    `You cannot ${cannot}: on "${resource}" your account does not have the permissions "${get}" and "${set}". Somebody who has them must ${must}. To give them to you only for the roles of this mapping, the platform team runs: hallpass approver-rights ${mapping}`,
  )
}
