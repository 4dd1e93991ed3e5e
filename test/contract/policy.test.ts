// What the policy port promises, kept by the adapter over the simulated Resource Manager and by the fake in memory.
import * as assert from 'uvu/assert'
import { Refused } from '../../src/domain/outcome.ts'
import { type BindingWanted, type Policy, standsAsWanted, withoutBindings } from '../../src/domain/granting/policy.ts'
import { withBindings } from '../../src/domain/granting/adding.ts'
import type { PolicyService } from '../../src/domain/ports.ts'
import { Secret } from '../../src/domain/secret.ts'
import { createPolicyService } from '../../src/google/policy-service.ts'
import { start } from '../fakes/clock.ts'
import { MemoryPolicies } from '../fakes/policies.ts'
import { openGoogle, tokenOf } from '../google/fixture.ts'
import { suite } from '../suite.ts'
import { factsOf } from './facts.ts'

const test = suite('policy contract')
const project = 'projects/prod-eu'
const alias = 'user:dana@alias.example'

/** The port, a token that may write the project's policy, and one that may not. */
type Fixture = { port: PolicyService; mo: Secret; otto: Secret; close(): Promise<void> }

const fixtures: Record<string, () => Promise<Fixture>> = {
  'in memory': async () => {
    const port = new MemoryPolicies()
    const bindings = [
      { role: 'roles/logging.viewer', members: ['domain:example.com'] },
      {
        role: 'roles/storage.objectViewer',
        members: ['user:otto@example.com'],
        condition: { title: 'foreign', expression: 'true' },
      },
    ]
    port.seed(project, ['mo'], { bindings })
    port.primary.set(alias, wanted.member)
    return { port, mo: new Secret('mo'), otto: new Secret('otto'), close: async () => undefined }
  },
  'over HTTP': async () => {
    const { google, clock } = await openGoogle()
    const dana = google.seeds.people.find(({ email }) => `user:${email}` === wanted.member)
    if (dana) dana.aliases = ['dana@alias.example']
    return {
      port: createPolicyService({ clock, rootUrl: google.url }),
      mo: tokenOf(google, 'mo@example.com'),
      otto: tokenOf(google, 'otto@example.com'),
      close: async () => google.close(),
    }
  },
}

const wanted: BindingWanted = {
  uid: '22222222-0000-4000-8000-000000000001',
  member: 'user:dana@example.com',
  role: 'roles/cloudsql.client',
  startsAt: start,
  expiresAt: new Date(start.getTime() + 1_800_000),
  description: 'prod-db for dana@example.com',
}

async function refusalOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  return error instanceof Refused ? error.refusal.reason : String(error)
}

function written(policy: Policy | 'conflict'): Policy {
  if (policy === 'conflict') throw new Error('unexpected conflict')
  return policy
}

for (const [where, open] of Object.entries(fixtures)) {
  const fact = factsOf(test, where, open)

  fact('what is written is what is read next, under another etag', async ({ port, mo }) => {
    const before = await port.read(project, mo)
    const after = written(await port.write(project, withBindings(before, [wanted], start), mo, wanted.uid))
    assert.ok(standsAsWanted(after, wanted))
    assert.is.not(after.etag, before.etag)
    assert.equal(await port.read(project, mo), after)
  })
  fact('a grant that is added and removed leaves the policy as it was', async ({ port, mo }) => {
    const before = await port.read(project, mo)
    const during = written(await port.write(project, withBindings(before, [wanted], start), mo, wanted.uid))
    const after = written(await port.write(project, withoutBindings(during, [wanted]), mo, wanted.uid))
    assert.equal({ ...after, etag: '' }, { ...before, etag: '' })
  })
  fact('an alias is taken, and kept and shown under the primary address', async ({ port, mo }) => {
    const before = await port.read(project, mo)
    const after = written(
      await port.write(project, withBindings(before, [{ ...wanted, member: alias }], start), mo, wanted.uid),
    )
    assert.ok(standsAsWanted(after, wanted))
    assert.not(standsAsWanted(after, { ...wanted, member: alias }))
    assert.equal(await port.read(project, mo), after)
  })
  fact('of two writes of the same reading the second is a conflict', async ({ port, mo }) => {
    const seen = await port.read(project, mo)
    const first = written(await port.write(project, withBindings(seen, [wanted], start), mo, 'first'))
    assert.is(
      await port.write(project, withBindings(seen, [{ ...wanted, role: 'roles/logging.viewer' }], start), mo, 'second'),
      'conflict',
    )
    assert.equal(await port.read(project, mo), first)
  })
  fact('a policy without etag is not written', async ({ port, mo }) => {
    const before = await port.read(project, mo)
    const { etag: _, ...blind } = withBindings(before, [wanted], start)
    assert.is(await refusalOf(port.write(project, blind, mo, wanted.uid)), 'PolicyWithoutEtag')
    assert.equal(await port.read(project, mo), before)
  })
  fact('who may not write is refused', async ({ port, mo, otto }) => {
    const seen = await port.read(project, mo)
    assert.is(
      await refusalOf(port.write(project, withBindings(seen, [wanted], start), otto, wanted.uid)),
      'AccessDenied',
    )
    assert.equal(await port.read(project, mo), seen)
  })
  fact('a resource that is not there looks like one that is not allowed', async ({ port, mo }) => {
    assert.is(await refusalOf(port.read('projects/none-such', mo)), 'AccessDenied')
    assert.is(await port.mayWrite('projects/none-such', mo), false)
  })
  fact('it is known beforehand who may write', async ({ port, mo, otto }) => {
    assert.is(await port.mayWrite(project, mo), true)
    assert.is(await port.mayWrite(project, otto), false)
  })
}

test.run()
