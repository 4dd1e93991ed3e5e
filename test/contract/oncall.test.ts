// What the on-call port promises, kept by the adapter over the simulated PagerDuty and by the fake in memory.
import * as assert from 'uvu/assert'
import type { OnCall } from '../../src/domain/ports.ts'
import { Secret } from '../../src/domain/secret.ts'
import { createOnCall } from '../../src/pagerduty/on-call.ts'
import { startPagerDuty } from '../../src/sim/pagerduty/start.ts'
import { ManualClock } from '../fakes/clock.ts'
import { MemoryOnCall } from '../fakes/on-call.ts'
import { suite } from '../suite.ts'
import { factsOf } from './facts.ts'

const test = suite('on-call contract')

type Fixture = {
  port: OnCall
  setOnCall(level: number, emails: string[]): void
  forward(seconds: number): void
  close(): Promise<void>
}

const fixtures: Record<string, () => Promise<Fixture>> = {
  'in memory': async () => {
    const port = new MemoryOnCall()
    return {
      port,
      setOnCall: (level, emails) => {
        const levels = port.duties['PMANAGERS']?.levels ?? {}
        levels[level] = emails.map(email => ({ email, name: email }))
      },
      forward: () => undefined,
      close: async () => undefined,
    }
  },
  'over HTTP': async () => {
    const clock = new ManualClock()
    const sim = await startPagerDuty({ clock })
    return {
      port: createOnCall({ token: new Secret('pd-sandbox-key'), clock, rootUrl: sim.url }),
      setOnCall: (level, users) => sim.state.setOnCall({ escalationPolicy: 'PMANAGERS', level, users }),
      forward: seconds => clock.forward(seconds),
      close: async () => sim.close(),
    }
  },
}

for (const [where, open] of Object.entries(fixtures)) {
  const fact = factsOf(test, where, open)
  const emailsAt = async ({ port }: Fixture, level: number): Promise<string[]> =>
    (await port.onCall({ escalationPolicy: 'PMANAGERS', level })).map(({ email }) => email)

  fact('the services that page by a policy are named; of an unknown one they are not known', async ({ port }) => {
    assert.equal(await port.services({ escalationPolicy: 'PMANAGERS' }), ['PSERVICE'])
    assert.is(await port.services({ escalationPolicy: 'PNONE' }), undefined)
    assert.is(await port.services({ schedule: 'PNONE' }), undefined)
  })
  fact('each level has its own people', async fixture => {
    assert.equal(await emailsAt(fixture, 1), ['mo@example.com'])
    assert.equal(await emailsAt(fixture, 2), ['ana@example.com'])
  })
  fact('a person comes with a name and where it is from', async ({ port }) => {
    const [mo] = await port.onCall({ escalationPolicy: 'PMANAGERS', level: 1 })
    assert.is(mo?.name, 'Mo Manager')
    assert.match(mo?.source ?? '', /Platform managers, level 1/)
  })
  fact('beyond the last level there is nobody', async fixture => assert.equal(await emailsAt(fixture, 3), []))
  fact('nobody on call is nobody', async fixture => {
    fixture.setOnCall(1, [])
    assert.equal(await emailsAt(fixture, 1), [])
  })
  fact('somebody named twice counts once', async fixture => {
    fixture.setOnCall(1, ['mo@example.com', 'ana@example.com', 'mo@example.com'])
    assert.equal((await emailsAt(fixture, 1)).sort(), ['ana@example.com', 'mo@example.com'])
  })
  fact('a change is known half a minute later', async fixture => {
    await emailsAt(fixture, 1)
    fixture.setOnCall(1, ['otto@example.com'])
    fixture.forward(30)
    assert.equal(await emailsAt(fixture, 1), ['otto@example.com'])
  })
  fact('a policy that is not there names nobody and has no name', async ({ port }) => {
    assert.equal(await port.onCall({ escalationPolicy: 'PNONE', level: 1 }), [])
    assert.is(await port.describe({ escalationPolicy: 'PNONE' }), undefined)
    assert.is(await port.describe({ schedule: 'PNONE' }), undefined)
  })
  fact('a policy says who is on call now, at the first level that has somebody', async fixture => {
    const coverage = async (level?: number): Promise<unknown> =>
      (await fixture.port.describe({ escalationPolicy: 'PMANAGERS', ...(level && { level }) }))?.coverage
    assert.equal(await coverage(), { now: ['Mo Manager'] })
    assert.equal(await coverage(2), { now: ['Ana Director'] })
    assert.equal(await coverage(3), { now: [], gap: {} })
    fixture.setOnCall(1, [])
    fixture.forward(30)
    assert.equal(await coverage(), { now: ['Ana Director'] })
  })
  fact('a policy has its name', async ({ port }) =>
    assert.is((await port.describe({ escalationPolicy: 'PMANAGERS' }))?.name, 'Platform managers'),
  )
}

test.run()
