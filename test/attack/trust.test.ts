// Those whom Hallpass has to trust, doing what they can do: it shows afterwards.
import * as assert from 'uvu/assert'
import type { RoleMapping } from '../../src/api/kinds.ts'
import { approve, cast, reached } from '../../src/sandbox/plays.ts'
import { namespace, type World } from '../../src/sandbox/world.ts'
import { attack } from '../attacks.ts'
import { declare, judged, quickWorld } from '../story/world.ts'
import { suite } from '../suite.ts'
import { accounted, asked, routed } from './attacker.ts'

const test = suite('those who are trusted', { timeoutMs: 60_000 })
const { dana, mo, otto } = cast
const rules = (...emails: string[]): RoleMapping['spec']['approval'] => ({ window: '30m', fallback: { emails } })

let world: World
test.before(async () => {
  world = await quickWorld()
})
test.after(async () => world.stop())

/** Asks, has it approved, waits until it is over, and gives the digests of the rules that its events carry. */
async function rulesOf(mapping: string): Promise<Record<string, unknown>> {
  const request = await routed(world, await asked(world, dana, `/access ${mapping} 1s rules`))
  const page = await approve(world, request.metadata.name, mo)
  assert.match(page.text, /Approved|Granted/, page.text)
  await reached(world, request.metadata.name, 'Expired')
  await accounted(world, request, 'Approved', 'GrantStarted', 'Granted', 'Expired')
  const carrying = ['Approved', 'GrantStarted', 'Granted']
  const entries = world.google.logs
    .entries()
    .filter(({ insertId }) => insertId.startsWith(request.metadata.uid))
    .map(({ jsonPayload }) => jsonPayload as { event: string; details: { rules?: string } })
    .filter(({ event }) => carrying.includes(event))
  return Object.fromEntries(entries.map(({ event, details }) => [event, details.rules]))
}

async function rewrite(name: string, approval: RoleMapping['spec']['approval']): Promise<void> {
  const mapping = await world.mappings.get({ namespace, name })
  await world.mappings.patch(mapping, { spec: { approval: { ...approval } } })
  await judged(world, name)
}

attack(
  test,
  'a mapping is flipped for one approval and flipped back … the log tells that approval from the others',
  async () => {
    await declare(world, 'flip', { approval: rules(mo.email) })
    const before = await rulesOf('flip')
    await rewrite('flip', rules(mo.email, otto.email))
    const between = await rulesOf('flip')
    await rewrite('flip', rules(mo.email))
    const after = await rulesOf('flip')
    assert.match(String(before['Approved']), /^[0-9a-f]{64}$/)
    assert.equal(after, before, 'the same rules have the same digest')
    for (const digests of [before, between]) assert.is(new Set(Object.values(digests)).size, 1)
    assert.equal(Object.keys(between), ['Approved', 'GrantStarted', 'Granted'])
    return between['Granted'] === before['Granted'] ? 'no trace' : 'the log tells that approval from the others'
  },
)

test.run()
