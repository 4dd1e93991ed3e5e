// What the custom roles port promises, kept by the adapter over the simulated IAM and by the fake in memory.
import * as assert from 'uvu/assert'
import { powersOf } from '../../src/domain/mapping/powers.ts'
import type { CustomRoles } from '../../src/domain/ports.ts'
import { stageOf } from '../../src/domain/mapping/role-table.ts'
import { createCustomRoles } from '../../src/google/custom-roles.ts'
import { defaultIdentities } from '../../src/sim/google/seeds.ts'
import { MemoryCustomRoles } from '../fakes/custom-roles.ts'
import { identity, openGoogle, outcomeOf } from '../google/fixture.ts'
import { suite } from '../suite.ts'
import { factsOf } from './facts.ts'

const test = suite('custom roles contract')
const parent = 'projects/prod-eu'
const roles = {
  replay: { name: `${parent}/roles/replay`, title: 'Replay', stage: 'GA', includedPermissions: ['a.b.setIamPolicy'] },
  fresh: { name: `${parent}/roles/fresh`, title: 'Fresh', stage: 'ALPHA', includedPermissions: [] },
  off: { name: `${parent}/roles/off`, title: 'Off', stage: 'DISABLED', includedPermissions: ['a.b.get'] },
  gone: { name: `${parent}/roles/gone`, title: 'Gone', stage: 'GA', includedPermissions: ['a.b.get'], deleted: true },
} as const

const worlds: Record<string, () => Promise<{ port: CustomRoles; close(): Promise<void> }>> = {
  'in memory': async () => {
    const port = new MemoryCustomRoles()
    for (const role of Object.values(roles))
      port.stored.set(role.name, { ...role, includedPermissions: [...role.includedPermissions] })
    port.closed.add('projects/elsewhere')
    return { port, close: async () => undefined }
  },
  'over HTTP': async () => {
    const { google, clock } = await openGoogle()
    google.seeds.customRoles?.push(
      ...Object.values(roles).map(role => ({ ...role, includedPermissions: [...role.includedPermissions] })),
    )
    const { bindings = [] } = google.policies.read(parent) ?? {}
    const reader = { role: 'roles/iam.roleViewer', members: [`serviceAccount:${defaultIdentities.controller.email}`] }
    google.policies.define({ name: parent, bindings: [...bindings, reader] })
    google.policies.define({ name: 'projects/elsewhere', bindings: [] })
    const authClient = identity(defaultIdentities.controller.token)
    return { port: createCustomRoles({ authClient, clock, rootUrl: google.url }), close: async () => google.close() }
  },
}

for (const [where, open] of Object.entries(worlds)) {
  const fact = factsOf(test, where, open)
  const read = async (port: CustomRoles, name: string) => {
    const role = await port.read(name)
    return role === 'absent' ? role : [stageOf(role), powersOf(role.includedPermissions ?? []), role.deleted ?? false]
  }

  fact('a role comes with its stage and permissions', async ({ port }) =>
    assert.equal(await read(port, roles.replay.name), ['GA', ['setIamPolicy(a.b)'], false]),
  )
  fact('a role in alpha, without permissions, is one', async ({ port }) =>
    assert.equal(await read(port, roles.fresh.name), ['ALPHA', [], false]),
  )
  fact('a disabled role says so', async ({ port }) =>
    assert.equal(await read(port, roles.off.name), ['DISABLED', [], false]),
  )
  fact('a deleted role says so', async ({ port }) => assert.equal(await read(port, roles.gone.name), ['GA', [], true]))
  fact('a role that is not there is absent', async ({ port }) =>
    assert.is(await port.read(`${parent}/roles/none`), 'absent'),
  )
  fact('a role of a project that may not be read is refused', async ({ port }) =>
    assert.match(await outcomeOf(port.read('projects/elsewhere/roles/replay')), /^Refused CustomRoleUnreadable/),
  )
  fact('a predefined role is no custom role', async ({ port }) =>
    assert.match(await outcomeOf(port.read('roles/viewer')), /^Refused CustomRoleUnreadable/),
  )
}

test.run()
