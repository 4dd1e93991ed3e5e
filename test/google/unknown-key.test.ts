// A KMS key that does not exist: Google asks IAM before it looks the key up, so that most identities read 403.
import * as assert from 'uvu/assert'
import { createSealer } from '../../src/google/seal.ts'
import { defaultIdentities, defaultKeys } from '../../src/sim/google/seeds.ts'
import { suite } from '../suite.ts'
import { identity, openGoogle, outcomeOf } from './fixture.ts'

const test = suite('a KMS key that does not exist')
const { auth } = defaultIdentities
const key = `${defaultKeys.token}s`
const [project = ''] = /^projects\/[^/]+/.exec(key) ?? []

test('a process without a right on its project reads both causes, a process that may use every key the right one', async () => {
  const { google, clock } = await openGoogle()
  try {
    const sealer = createSealer({ key, authClient: identity(auth.token), clock, rootUrl: google.url })
    assert.match(
      await outcomeOf(sealer.seal('x', 'aad')),
      /^Refused KeyDenied: .*cryptoKeys\/tokens", or there is no such key\. Grant .*, or correct the key's name/,
    )
    const owner = { role: 'roles/owner', members: [`serviceAccount:${auth.email}`] }
    google.policies.replace(project, { bindings: [owner] })
    assert.match(
      await outcomeOf(sealer.seal('x', 'aad')),
      /^Refused KeyUnknown: .*does not know the key .*cryptoKeys\/tokens"/,
    )
  } finally {
    await google.close()
  }
})

test.run()
