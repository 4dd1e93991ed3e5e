// The environment: read in one place, and kept from making libraries talk.
import * as assert from 'uvu/assert'
import { silenceLibraries } from '../../src/app/environment.ts'
import { suite } from '../suite.ts'

const test = suite('the environment')

test("the switch that makes Google's libraries print plaintext is removed", () => {
  const variables = { GOOGLE_SDK_NODE_LOGGING: '*', PATH: '/bin' }
  silenceLibraries(variables)
  assert.equal(variables, { PATH: '/bin' } as unknown)
})

test.run()
