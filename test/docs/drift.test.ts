// docs/drift.md names exactly the permissions that reading the policies takes.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { resourceTypes } from '../../src/domain/mapping/resource-types.ts'
import { suite } from '../suite.ts'

const test = suite('docs: drift')

test('the role of the reader has the permission to read each type of policy, and no other', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/drift.md'), 'utf8')
  const given = /--permissions=(\S+)/.exec(page)?.[1]?.split(',')
  assert.equal(
    given,
    resourceTypes.map(({ permissions }) => permissions.get),
  )
})

test.run()
