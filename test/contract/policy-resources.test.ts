// What the policy port promises on every type of resource, kept by the adapter with Google's own clients over the simulator
// of each API; and that the table of types and the simulators say the same about each.
import * as assert from 'uvu/assert'
import { type BindingWanted, standsAsWanted, withoutBindings } from '../../src/domain/granting/policy.ts'
import { withBindings } from '../../src/domain/granting/adding.ts'
import type { PolicyService } from '../../src/domain/ports.ts'
import { resourceTypes } from '../../src/domain/mapping/resource-types.ts'
import { resourceOf } from '../../src/domain/mapping/resources.ts'
import type { Secret } from '../../src/domain/secret.ts'
import { createPolicyService } from '../../src/google/policy-service.ts'
import type { GoogleSim } from '../../src/sim/google/google.ts'
import { policyApiOf } from '../../src/sim/google/policy-apis.ts'
import { attack } from '../attacks.ts'
import { addResource, onlyOwner, relativeOf, type Sample, samples } from '../builders/resources.ts'
import { type ManualClock, start } from '../fakes/clock.ts'
import { openGoogle, outcomeOf, tokenOf } from '../google/fixture.ts'
import { suite } from '../suite.ts'

const test = suite('policies of every type of resource')
let google: GoogleSim
let clock: ManualClock
let port: PolicyService
let mo: Secret
let otto: Secret

test.before(async () => {
  ;({ google, clock } = await openGoogle())
  port = createPolicyService({ clock, rootUrl: google.url })
  ;[mo, otto] = [tokenOf(google, 'mo@example.com'), tokenOf(google, 'otto@example.com')]
  onlyOwner(google)
})
test.after(async () => google.close())

function wantedOn({ role }: Sample, more: Partial<BindingWanted> = {}): BindingWanted {
  return {
    uid: '22222222-0000-4000-8000-000000000001',
    member: 'user:dana@example.com',
    role,
    startsAt: start,
    expiresAt: new Date(start.getTime() + 1_800_000),
    description: 'for dana@example.com',
    ...more,
  }
}

const entries: [string, Sample][] = Object.entries(samples)

test('there is a sample of every type, and each is of its type', () => {
  assert.equal(
    entries.map(([, { name }]) => resourceOf(name)?.noun),
    resourceTypes.map(({ noun }) => noun),
  )
  assert.equal(
    entries.map(([noun]) => noun),
    resourceTypes.map(({ noun }) => noun),
  )
})

for (const [noun, sample] of entries) {
  const { name, role, gives } = sample
  const holds = (at = clock.now()): boolean => google.holds('dana@example.com', gives, relativeOf(sample), at)

  test(`${noun}: what is written is what is read next, works, ends by itself, and is removed without a trace`, async () => {
    addResource(google, sample)
    const wanted = wantedOn(sample)
    const before = await port.read(name, mo)
    assert.not(holds())
    const during = await port.write(name, withBindings(before, [wanted], start), mo, wanted.uid)
    if (during === 'conflict') throw new Error('unexpected conflict')
    assert.ok(standsAsWanted(during, wanted))
    assert.is.not(during.etag, before.etag)
    assert.equal(await port.read(name, mo), during)
    assert.ok(holds())
    assert.ok(holds(new Date(wanted.expiresAt.getTime() - 1)))
    assert.not(holds(wanted.expiresAt))
    const after = await port.write(name, withoutBindings(during, [wanted]), mo, wanted.uid)
    if (after === 'conflict') throw new Error('unexpected conflict')
    assert.equal({ ...after, etag: '' }, { ...before, etag: '' })
    assert.not(holds())
  })

  test(`${noun}: of two writes of the same reading the second is a conflict`, async () => {
    addResource(google, sample)
    const seen = await port.read(name, mo)
    const first = await port.write(name, withBindings(seen, [wantedOn(sample)], start), mo, 'first')
    const other = wantedOn(sample, { uid: '22222222-0000-4000-8000-000000000002' })
    assert.is(await port.write(name, withBindings(seen, [other], start), mo, 'second'), 'conflict')
    assert.equal(await port.read(name, mo), first)
  })

  test(`${noun}: who may write is known beforehand, and the refusal names the resource and its permission`, async () => {
    addResource(google, sample)
    assert.is(await port.mayWrite(name, mo), true)
    assert.is(await port.mayWrite(name, otto), false)
    const seen = await port.read(name, mo)
    const no = await outcomeOf(port.write(name, withBindings(seen, [wantedOn(sample)], start), otto, 'no'), otto)
    const { set = '' } = resourceOf(name)?.permissions ?? {}
    for (const part of ['Refused AccessDenied', set, `--resource ${name}`]) assert.ok(no.includes(part), no)
    const length = no.length - 'Refused AccessDenied: '.length
    assert.ok(length <= 300, `${length} characters would be cut when they are stored`)
    assert.equal(await port.read(name, mo), seen)
  })

  test(`${noun}: one that is not there is refused`, async () => {
    const absent = name.replace(/[a-z]*\d*$/, end => (/\d$/.test(end) ? '99' : 'none-such'))
    const missing = noun === 'service account' ? name.replace('replay@', 'nobody@') : absent
    assert.match(await outcomeOf(port.read(missing, mo), mo), /^Refused (AccessDenied|ResourceUnknown)/)
  })

  test(`${noun}: the table says what the simulator does`, () => {
    const row = policyApiOf(relativeOf(sample))
    const type = resourceOf(name)
    const sees = { name: 'name', 'numbered name': 'numbered name', 'no name': undefined, nothing: undefined }
    assert.equal(
      [row?.service, `${row?.collection}.setIamPolicy`, row?.hasLimit, row?.sees, row?.type],
      [
        type?.service,
        type?.permissions.set,
        type?.isLimitDocumented,
        sees[type?.conditionsSee ?? 'nothing'],
        type?.conditionsSee === 'nothing' ? undefined : type?.type,
      ],
    )
  })

  test(`${noun}: a right that is limited to one role is limited only where the table says so`, async () => {
    addResource(google, sample)
    const condition = {
      title: 'limit',
      expression: `api.getAttribute("iam.googleapis.com/modifiedGrantsByRole", []).hasOnly(["${role}"])`,
    }
    const place = relativeOf(sample)
    const bindings = [{ role: sample.owner, members: ['user:mo@example.com'], condition }]
    google.policies.define({ name: place, bindings })
    const seen = await port.read(name, mo)
    const another = wantedOn(sample, { role: 'roles/logging.viewer' })
    const result = await port.write(name, withBindings(seen, [another], start), mo, 'other').then(
      () => 'written',
      (error: unknown) => (error instanceof Error ? error.message : 'refused'),
    )
    assert.is(result === 'written', resourceOf(name)?.isLimitDocumented === false, result)
  })
}

test('audit configs stay, where a mask keeps them and where the whole policy is sent back', async () => {
  const auditConfigs = [{ service: 'allServices', auditLogConfigs: [{ logType: 'DATA_READ' }] }]
  for (const sample of [samples.instance, samples.secret, samples.table]) {
    const place = relativeOf(sample)
    google.policies.define({
      name: place,
      bindings: [{ role: sample.owner, members: ['user:mo@example.com'] }],
      auditConfigs,
    })
    const seen = await port.read(sample.name, mo)
    await port.write(sample.name, withBindings(seen, [wantedOn(sample)], start), mo, 'kept')
    assert.equal(google.policies.read(place)?.auditConfigs, auditConfigs, sample.name)
  }
})

test('a condition on the name of a secret holds with the number of its project', async () => {
  const sample = samples.secret
  const dana = (condition: string): boolean => {
    const binding = { role: sample.role, members: ['user:dana@example.com'] }
    google.policies.define({
      name: relativeOf(sample),
      parent: 'projects/prod-eu',
      bindings: [{ ...binding, condition: { title: 'own', expression: condition } }],
    })
    return google.holds('dana@example.com', sample.gives, relativeOf(sample))
  }
  assert.ok(dana("resource.name.startsWith('projects/123456789012/secrets/')"))
  assert.not(dana("resource.name.startsWith('projects/prod-eu/secrets/')"))
})

test('a bucket without uniform access is refused before anything is written, to whom may see its settings', async () => {
  addResource(google, samples.bucket, { isUniform: false })
  const { name } = samples.bucket
  const no = await outcomeOf(port.mayWrite(name, mo), mo)
  assert.match(no, /^Refused BucketWithoutUniformAccess: "\/\/storage\..*must turn on uniform bucket-level access/)
  google.policies.define({
    name: relativeOf(samples.bucket),
    isUniform: false,
    bindings: [{ role: 'organizations/1/roles/blind', members: ['user:mo@example.com'] }],
  })
  const includedPermissions = ['storage.buckets.getIamPolicy', 'storage.buckets.setIamPolicy']
  google.seeds.customRoles?.push({ name: 'organizations/1/roles/blind', title: 'b', stage: 'GA', includedPermissions })
  assert.is(await port.mayWrite(name, mo), true)
  const seen = await port.read(name, mo)
  const late = await outcomeOf(port.write(name, withBindings(seen, [wantedOn(samples.bucket)], start), mo, 'late'), mo)
  assert.match(late, /^Refused BucketWithoutUniformAccess/)
  assert.equal(await port.read(name, mo), seen)
})

test('an organisation policy on a bucket has the code of a conflict and is told as what it is', async () => {
  addResource(google, samples.bucket)
  const { name } = samples.bucket
  const seen = await port.read(name, mo)
  const message = "One or more users are not permitted by 'constraints/iam.allowedPolicyMemberDomains'."
  const body = { error: { code: 412, message, errors: [{ message, domain: 'global', reason: 'conditionNotMet' }] } }
  google.faults.add({ route: 'PUT /storage/v1/b/*/iam', status: 412, body })
  const no = await outcomeOf(port.write(name, withBindings(seen, [wantedOn(samples.bucket)], start), mo, 'no'), mo)
  assert.match(no, /^Refused OrganisationPolicy: .*"constraints\/iam\.allowedPolicyMemberDomains"/)
})

attack(test, 'a name leads to another path of an API … refused without a call', async () => {
  const calls = google.calls.length
  const names = [
    '//secretmanager.googleapis.com/projects/prod-eu/secrets/../../other/secrets/s',
    '//secretmanager.googleapis.com/projects/prod-eu/secrets/s:destroy?x=',
    '//secretmanager.googleapis.com/projects/prod-eu/secrets/%2e%2e',
    '//storage.googleapis.com/projects/_/buckets/b/o',
    '//storage.googleapis.com/projects/prod-eu/buckets/bucket',
    '//secretmanager.googleapis.com.example.com/projects/prod-eu/secrets/s',
    '//iam.googleapis.com/projects/-/serviceAccounts/a@b-prod.iam.gserviceaccount.com',
  ]
  for (const name of names)
    assert.match(await outcomeOf(port.read(name, mo), mo), /^Refused ResourceNotSupported/, name)
  return google.calls.length === calls ? 'refused without a call' : 'called'
})

test.run()
