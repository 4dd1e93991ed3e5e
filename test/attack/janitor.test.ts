// The janitor's identity at Google: what its program does with it, what somebody else can do who has it, and what other
// identities of Hallpass cannot.
import { OAuth2Client } from 'google-auth-library'
import * as assert from 'uvu/assert'
import { withBindings } from '../../src/domain/granting/adding.ts'
import { type BindingWanted, type Policy, titleOf } from '../../src/domain/granting/policy.ts'
import { Refused } from '../../src/domain/outcome.ts'
import type { Secret } from '../../src/domain/secret.ts'
import { createOwnToken } from '../../src/google/own-token.ts'
import { createPolicyService } from '../../src/google/policy-service.ts'
import { createRemover, type Remover } from '../../src/janitor/remover.ts'
import { takeOut } from '../../src/janitor/taking-out.ts'
import { janitorIdentity, withJanitor } from '../../src/sandbox/janitor.ts'
import { type GoogleSim, startGoogle } from '../../src/sim/google/google.ts'
import { defaultGoogleSeeds, defaultIdentities } from '../../src/sim/google/seeds.ts'
import { attacks } from '../attacks.ts'
import { StillClock } from '../sim/google/clients.ts'
import { suite } from '../suite.ts'

const test = suite('attacks: the identity of the janitor')
const clock = new StillClock()
const resource = 'projects/prod-eu'
const uid = '0f0f0f0f-1111-4222-8333-444444444444'
let google: GoogleSim
test.before.each(async () => {
  google = await startGoogle({ clock, seeds: withJanitor(defaultGoogleSeeds(), ['roles/cloudsql.client']) })
})
test.after.each(() => google.close())

const policies = (): ReturnType<typeof createPolicyService> =>
  createPolicyService({ clock, rootUrl: google.url, whose: 'the janitor' })

/** A token as each process gets it, by the client of its own identity. */
async function tokenOf(token: string): Promise<Secret> {
  const identity = new OAuth2Client()
  identity.setCredentials({ access_token: token })
  return createOwnToken(identity)()
}

const wanted: BindingWanted = {
  uid,
  member: 'user:dana@example.com',
  role: 'roles/cloudsql.client',
  startsAt: new Date('2026-11-23T14:00:00Z'),
  expiresAt: new Date('2026-11-23T14:30:00Z'),
  description: 'hallpass/prod-db-1, asked by dana@example.com, approved by mo@example.com',
}

/** Dana has it, by somebody who may write the policy; gives the policy that was there before. */
async function granted(): Promise<Policy> {
  const before = (google.policies.read(resource) ?? {}) as Policy
  const { bindings = [] } = withBindings({ ...before, etag: 'x' }, [wanted], clock.now())
  google.policies.define({
    ...google.seeds.resources.find(({ name }) => name === resource),
    ...before,
    bindings,
  } as never)
  return before
}

const removerWith = (token: string, service = policies()): Remover =>
  createRemover({ policies: service, token: () => tokenOf(token) }, { resource, uid })

test('what is exactly the request’s own is removed, and everything else stays as it was', async () => {
  const before = await granted()
  const options = { remover: removerWith(janitorIdentity.token), pause: async () => undefined }
  const task = { uid, wanted: [wanted], likeness: 'exactly' as const }
  const { states } = await takeOut(task, { ...options, signal: new AbortController().signal })
  assert.equal(states, ['Removed'])
  assert.equal(google.policies.read(resource)?.bindings, before.bindings)
  assert.equal(google.policies.read(resource)?.auditConfigs, before['auditConfigs'])
})

test('a role that its right does not have is left, and the message says whom it takes', async () => {
  const other = { ...wanted, role: 'roles/logging.viewer' }
  const before = (google.policies.read(resource) ?? {}) as Policy
  const { bindings = [] } = withBindings({ ...before, etag: 'x' }, [other], clock.now())
  google.policies.define({
    ...google.seeds.resources.find(({ name }) => name === resource),
    ...before,
    bindings,
  } as never)
  const options = { remover: removerWith(janitorIdentity.token), pause: async () => undefined }
  const task = { uid, wanted: [other], likeness: 'exactly' as const }
  const { states, why = '' } = await takeOut(task, { ...options, signal: new AbortController().signal })
  assert.equal(states, ['Left'])
  assert.match(why, /does not let the janitor write.*approver-rights --janitor ACCOUNT --resource projects\/prod-eu/)
})

/** Somebody writes this with the identity of a process, without its program. */
async function written(token: string, change: (policy: Policy) => Policy): Promise<string> {
  const service = policies()
  const secret = await tokenOf(token)
  const before = google.policies.read(resource)?.bindings
  try {
    const policy = await service.read(resource, secret)
    await service.write(resource, change({ ...policy, version: 3 }), secret, 'by hand')
    return '200'
  } catch (error) {
    assert.instance(error, Refused)
    assert.equal(google.policies.read(resource)?.bindings, before)
    return '403'
  }
}

const adding =
  (role: string) =>
  (policy: Policy): Policy => ({
    ...policy,
    bindings: [...(policy.bindings ?? []), { role, members: ['user:otto@example.com'] }],
  })

attacks<{ token: string; change: (policy: Policy) => Policy }>(
  test,
  {
    'somebody who has the janitor’s identity grants another role … 403': {
      token: janitorIdentity.token,
      change: adding('roles/owner'),
    },
    'somebody who has the janitor’s identity widens its own right … 403': {
      token: janitorIdentity.token,
      change: adding(`${resource}/roles/hallpassApprover`),
    },
    'somebody who has the janitor’s identity removes a standing binding … 403': {
      token: janitorIdentity.token,
      change: policy => ({ ...policy, bindings: (policy.bindings ?? []).slice(1) }),
    },
    'somebody who has the janitor’s identity grants a mapped role … 200, which is the standing power': {
      token: janitorIdentity.token,
      change: adding('roles/cloudsql.client'),
    },
    'somebody who has the controller’s identity removes a mapped role … 403': {
      token: defaultIdentities.controller.token,
      change: policy => policy,
    },
    'somebody who has auth’s identity grants a mapped role … 403': {
      token: defaultIdentities.auth.token,
      change: adding('roles/cloudsql.client'),
    },
    'somebody who has the gateway’s identity grants a mapped role … 403': {
      token: defaultIdentities.gateway.token,
      change: adding('roles/cloudsql.client'),
    },
  },
  async ({ token, change }) => {
    const status = await written(token, change)
    return status === '200' ? '200, which is the standing power' : status
  },
)

attacks<(policy: Policy) => Policy>(
  test,
  {
    'the janitor’s own program is made to write a grant of a mapped role … nothing sent':
      adding('roles/cloudsql.client'),
    'the janitor’s own program is made to put its entry back with a later end … nothing sent': policy => ({
      ...policy,
      bindings: (policy.bindings ?? []).map(binding =>
        binding.condition?.title === titleOf(uid)
          ? { ...binding, condition: { ...binding.condition, expression: 'true' } }
          : binding,
      ),
    }),
  },
  async change => {
    await granted()
    const remover = removerWith(janitorIdentity.token)
    const policy = await remover.read()
    const calls = google.calls.length
    const error = await remover.write(change({ ...policy, version: 3 })).catch((each: unknown) => each)
    assert.is(error instanceof Refused && error.refusal.reason, 'NotOnlyLess')
    return google.calls.length === calls ? 'nothing sent' : 'sent'
  },
)

test.run()
