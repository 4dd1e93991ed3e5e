// Conditions that mislead the reviewer of a mapping: each says less than it grants, or promises what Google never
// grants. None of them comes as far as an approver.
import * as assert from 'uvu/assert'
import { ask, cast, type Player } from '../../src/sandbox/plays.ts'
import type { World } from '../../src/sandbox/world.ts'
import { attacks } from '../attacks.ts'
import { declare, quickWorld, readiness } from '../story/world.ts'
import { suite } from '../suite.ts'
import { project } from './attacker.ts'

const test = suite('conditions that mislead', { timeoutMs: 60_000 })
let world: World
let count = 0
test.before(async () => {
  world = await quickWorld()
})
test.after(async () => world.stop())

/** Declares a mapping with the condition and asks for it: the reason of Ready, and the result of the request. */
async function offered(condition: string): Promise<string> {
  const name = `condition-${++count}`
  const grants = [{ resource: project, role: 'roles/cloudsql.client', condition }]
  const ready = readiness(await declare(world, name, { grants }))
  const dana: Player = cast.dana
  const { answer, name: request } = await ask(world, dana, `/access ${name} 5s to see`)
  assert.match(ready?.message ?? '', /^[\x20-\x7e“”’]+$/, 'what cannot be seen is not shown')
  assert.ok(answer.length > 0, 'the requester is told')
  return `${ready?.reason ?? 'not judged'}, ${request === undefined ? 'nothing asked' : 'asked'}`
}

const one = "resource.type == 'compute.googleapis.com/Instance'"
attacks<string>(
  test,
  {
    'a condition closes our brackets and opens others … ConditionInvalid, nothing asked': `${one}) || (${one}`,
    'a condition hides the time behind a comment … ConditionInvalid, nothing asked': `${one} || resource.service == 'x.googleapis.com') // `,
    'a condition goes on below the line that is seen … ConditionInvalid, nothing asked': `${one}\n\n\n|| destination.port == 22`,
    'a condition ends in a raw string that Google reads otherwise … ConditionInvalid, nothing asked': String.raw`resource.name != r"\" ) || resource.name != ("`,
    'a letter of a type looks like another … ConditionInvalid, nothing asked': one.replace('c', '\u0441'),
    'a mark inside quotes turns the direction of what is read … ConditionInvalid, nothing asked': one.replace(
      'I',
      '\u202eI',
    ),
    'a condition seems to exclude two types and excludes none … ConditionInvalid, nothing asked':
      "resource.type != 'storage.googleapis.com/Bucket' || resource.type != 'storage.googleapis.com/Object'",
    'a guard before the name always holds … ConditionInvalid, nothing asked':
      "(resource.type != 'a.googleapis.com/A' || resource.type != 'b.googleapis.com/B') || resource.name.endsWith('/x')",
    'a condition names a prefix that everything has … ConditionInvalid, nothing asked': "resource.name.startsWith('')",
    'a condition ends on a day that does not exist … ConditionInvalid, nothing asked':
      'request.time < date("2027-02-29")',
    'a condition counts hours in a zone that does not exist … ConditionInvalid, nothing asked':
      'request.time.getHours("PST") < 18',
    'a condition counts Sunday as 7 … ConditionInvalid, nothing asked': 'request.time.getDayOfWeek() == 7',
    'a condition has what Google refuses once the manager has signed in … ConditionInvalid, nothing asked':
      "resource.name.contains('prod')",
    'a condition leaves no operator for the time … ConditionInvalid, nothing asked': Array.from(
      { length: 12 },
      (_, n) => `resource.name != 'projects/${n}'`,
    ).join(' && '),
  },
  offered,
)

test.run()
