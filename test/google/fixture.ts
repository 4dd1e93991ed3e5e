// What the tests of the Google adapters share: a simulated Google, people's tokens in it, and failures put into words.
import { inspect } from 'node:util'
import { OAuth2Client } from 'google-auth-library'
import * as assert from 'uvu/assert'
import { Broken, Refused, Waiting } from '../../src/domain/outcome.ts'
import { Secret } from '../../src/domain/secret.ts'
import { type GoogleSim, startGoogle } from '../../src/sim/google/google.ts'
import { defaultGoogleSeeds } from '../../src/sim/google/seeds.ts'
import { cloudPlatform } from '../../src/sim/google/tokens.ts'
import { ManualClock } from '../fakes/clock.ts'
import { googleAnswer } from '../sim/google/answers.ts'

export const redirectUri = 'http://127.0.0.1:8080/oauth/callback'

/** A simulated Google and its clock. */
export async function openGoogle(): Promise<{ google: GoogleSim; clock: ManualClock }> {
  const clock = new ManualClock()
  return { google: await startGoogle({ clock, seeds: defaultGoogleSeeds([redirectUri]) }), clock }
}

/** A person's access token. */
export function tokenOf(google: GoogleSim, email: string, scopes: readonly string[] = [cloudPlatform]): Secret {
  return new Secret(google.tokens.issue(email, scopes, google.seeds.client.id))
}

/** A client of one of our own identities. */
export function identity(token: string): OAuth2Client {
  const client = new OAuth2Client()
  client.setCredentials({ access_token: token })
  return client
}

/** An identity whose token takes a while, as a metadata server under load does. */
export function slowIdentity(token: string, delayMs: number): OAuth2Client {
  class SlowClient extends OAuth2Client {
    override async getRequestMetadataAsync(): Promise<{ headers: Headers }> {
      await new Promise(resolve => setTimeout(resolve, delayMs))
      return { headers: new Headers({ authorization: `Bearer ${token}` }) }
    }
  }
  return new SlowClient()
}

/** An identity whose token service refuses, in the words with which an API refuses a call. */
export function refusedIdentity(): OAuth2Client {
  class RefusedClient extends OAuth2Client {
    override async getRequestMetadataAsync(): Promise<{ headers: Headers }> {
      const { body, status } = googleAnswer('PERMISSION_DENIED', { reason: 'IAM_PERMISSION_DENIED' })
      throw Object.assign(new Error('Permission denied'), { status, response: { status, data: body } })
    }
  }
  return new RefusedClient()
}

/** Waits for the failure of `work`, looks for secrets in it, and says which outcome it is. */
export async function outcomeOf(work: Promise<unknown>, ...secrets: (Secret | string)[]): Promise<string> {
  const error: unknown = await work.then(
    value => assert.unreachable(`succeeded with ${inspect(value)}`),
    (thrown: unknown) => thrown,
  )
  const shown = inspect(error, { depth: 12, showHidden: true, maxStringLength: null })
  for (const secret of secrets)
    assert.not.ok(shown.includes(typeof secret === 'string' ? secret : secret.reveal()), 'the failure holds a secret')
  return say(error)
}

function say(error: unknown): string {
  if (error instanceof Refused) return `Refused ${error.refusal.reason}: ${error.message}`
  if (error instanceof Waiting) return `Waiting ${error.until.toISOString()}: ${error.message}`
  if (error instanceof Broken) return `Broken ${error.answered ? 'answered' : 'unanswered'}: ${error.message}`
  return inspect(error)
}
