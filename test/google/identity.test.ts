// The process's own identity, from a simulated metadata server: a refused token is renewed once within the call, and
// neither a redirect nor a proxy comes between.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import * as assert from 'uvu/assert'
import { ownIdentity, roleReaderScopes } from '../../src/app/google.ts'
import { createAuditLog } from '../../src/google/audit-log.ts'
import { createCustomRoles } from '../../src/google/custom-roles.ts'
import { createUnsealer, createSealer } from '../../src/google/seal.ts'
import type { AuditEntry } from '../../src/domain/audit/audit.ts'
import type { GoogleSim } from '../../src/sim/google/google.ts'
import { type MetadataSim, startMetadata } from './metadata-server.ts'
import { defaultIdentities, defaultKeys } from '../../src/sim/google/seeds.ts'
import { type Served, serve } from '../../src/sim/serve.ts'
import { attack } from '../attacks.ts'
import { type ManualClock, start } from '../fakes/clock.ts'
import { suite, table } from '../suite.ts'
import { openGoogle, outcomeOf } from './fixture.ts'

const test = suite("the process's own identity")
const { email } = defaultIdentities.controller
const variables = ['GCE_METADATA_HOST', 'METADATA_SERVER_DETECTION', 'HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY']
const before = variables.map(name => [name, process.env[name]] as const)

let google: GoogleSim
let clock: ManualClock
let metadata: MetadataSim
let stranger: Served
let strangersCalls: string[]

test.before.each(async () => {
  ;({ google, clock } = await openGoogle())
  google.policies.define({
    name: 'projects/hallpass-ops',
    bindings: [
      ...(google.policies.read('projects/hallpass-ops')?.bindings ?? []),
      { role: 'roles/cloudkms.cryptoKeyEncrypterDecrypter', members: [`serviceAccount:${email}`] },
    ],
  })
  metadata = await startMetadata(google.tokens, email)
  strangersCalls = []
  stranger = await serve(app => {
    app.use((req, res) => {
      strangersCalls.push(`${req.method} ${req.url} ${req.get('authorization') ?? ''}`)
      res.set('Metadata-Flavor', 'Google').json({ access_token: 'of-a-stranger', expires_in: 3599 })
    })
  })
  for (const name of variables) delete process.env[name]
  process.env['GCE_METADATA_HOST'] = metadata.host
  process.env['METADATA_SERVER_DETECTION'] = 'assume-present'
})
test.after.each(async () => {
  for (const [name, value] of before)
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  for (const served of [google, metadata, stranger]) await served.close()
})

const entry = {
  insertId: 'i',
  at: start,
  severity: 'NOTICE',
  uid: 'u',
  payload: { schema: 'hallpass/audit/v1', event: 'Approved', seq: 1 },
  isFirst: true,
  isLast: false,
} as AuditEntry

/** Each call that the process makes under its own identity; all share the one identity. */
async function calls(): Promise<Record<'write' | 'read' | 'seal' | 'unseal', () => Promise<unknown>>> {
  const authClient = await ownIdentity(undefined, roleReaderScopes)
  const options = { authClient, clock, rootUrl: google.url }
  const sealer = createSealer({ ...options, key: defaultKeys.token })
  const unsealer = createUnsealer({ ...options, key: defaultKeys.token })
  const sealed = await sealer.seal('a token', 'aad')
  return {
    write: () => createAuditLog({ ...options, project: 'hallpass-ops' }).write([entry]),
    read: () => createCustomRoles(options).read('projects/prod-eu/roles/hallpassApprover'),
    seal: () => sealer.seal('x', 'aad'),
    unseal: () => unsealer.unseal(sealed, 'aad'),
  }
}

table(
  test,
  {
    'the audit log renews a refused token within the call': 'write',
    'the reader of custom roles renews a refused token within the call': 'read',
    'sealing renews a refused token within the call': 'seal',
    'unsealing renews a refused token within the call': 'unseal',
  } as const,
  async name => {
    const call = (await calls())[name]
    assert.is(metadata.asked, 1)
    google.tokens.revokeAllOf(email)
    await call()
    assert.is(metadata.asked, 2)
    await call()
    assert.is(metadata.asked, 2, 'the new token is kept')
  },
)

test('a token that is refused again is not renewed again', async () => {
  const { write } = await calls()
  const { body, status } = { status: 401, body: { error: { code: 401, status: 'UNAUTHENTICATED', message: 'No.' } } }
  google.faults.add({ route: '* /*', status, body, times: 9 })
  assert.match(await outcomeOf(write()), /^Broken answered: .*\(401\)/)
  assert.is(google.faults.left, 7, 'two calls')
  assert.is(metadata.asked, 2)
})

test('a missing right (403) renews nothing', async () => {
  const { write } = await calls()
  google.faults.add({
    route: '* /*',
    status: 403,
    body: { error: { code: 403, status: 'PERMISSION_DENIED' } },
    times: 9,
  })
  await outcomeOf(write())
  assert.equal([google.faults.left, metadata.asked], [8, 1])
})

test('calls that are refused together renew the token once', async () => {
  const all = await calls()
  google.tokens.revokeAllOf(email)
  await Promise.all([all.write(), all.read(), all.seal(), all.unseal()])
  assert.is(metadata.asked, 2)
})

attack(test, 'the metadata server sends on to another … no call arrives there', async () => {
  metadata.faults.add({
    route: '* /*',
    status: 302,
    headers: { location: `${stranger.url}/computeMetadata` },
    times: 9,
  })
  const authClient = await ownIdentity(undefined)
  const log = createAuditLog({ authClient, clock, rootUrl: google.url, project: 'hallpass-ops' })
  assert.match(await outcomeOf(log.write([entry])), /^Broken/)
  return strangersCalls.length === 0 ? 'no call arrives there' : strangersCalls.join()
})

attack(test, 'a program with the name gcloud is found first … not run', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hallpass-gcloud-'))
  const path = process.env['PATH'] ?? ''
  try {
    writeFileSync(join(folder, 'gcloud'), `#!/bin/sh\ntouch ${join(folder, 'was-run')}\n`, { mode: 0o755 })
    process.env['PATH'] = `${folder}${delimiter}${path}`
    const { write } = await calls()
    await write()
    return existsSync(join(folder, 'was-run')) ? 'run' : 'not run'
  } finally {
    process.env['PATH'] = path
    rmSync(folder, { recursive: true, force: true })
  }
})

attack(test, 'a proxy of the environment would answer for the metadata server … no call arrives there', async () => {
  for (const name of ['HTTPS_PROXY', 'HTTP_PROXY']) process.env[name] = stranger.url
  const all = await calls()
  await Promise.all([all.write(), all.read(), all.seal(), all.unseal()])
  assert.is(metadata.asked, 1)
  return strangersCalls.length === 0 ? 'no call arrives there' : strangersCalls.join()
})

test.run()
