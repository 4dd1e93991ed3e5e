// What the sealing ports promise, kept by the adapters over the simulated KMS and by the fake in memory.
import * as assert from 'uvu/assert'
import { Refused } from '../../src/domain/outcome.ts'
import type { Sealer, Unsealer } from '../../src/domain/ports.ts'
import { createSealer, createUnsealer } from '../../src/google/seal.ts'
import { defaultIdentities, defaultKeys } from '../../src/sim/google/seeds.ts'
import { MemorySeal } from '../fakes/seal.ts'
import { identity, openGoogle } from '../google/fixture.ts'
import { suite } from '../suite.ts'
import { factsOf } from './facts.ts'

const test = suite('sealing contract')

/** A pair for one key, and the opener of another key. */
type Fixture = { sealer: Sealer; unsealer: Unsealer; other: Unsealer; close(): Promise<void> }

const fixtures: Record<string, () => Promise<Fixture>> = {
  'in memory': async () => {
    const seal = new MemorySeal()
    return { sealer: seal, unsealer: seal, other: new MemorySeal(), close: async () => undefined }
  },
  'over HTTP': async () => {
    const { google, clock } = await openGoogle()
    const at = { clock, rootUrl: google.url }
    const [auth, controller] = [identity(defaultIdentities.auth.token), identity(defaultIdentities.controller.token)]
    return {
      sealer: createSealer({ key: defaultKeys.token, authClient: auth, ...at }),
      unsealer: createUnsealer({ key: defaultKeys.token, authClient: controller, ...at }),
      other: createUnsealer({ key: defaultKeys.ticket, authClient: auth, ...at }),
      close: async () => google.close(),
    }
  },
}

async function refusalOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  return error instanceof Refused ? error.refusal.reason : String(error)
}

for (const [where, open] of Object.entries(fixtures)) {
  const fact = factsOf(test, where, open)

  fact('what was sealed is unsealed', async ({ sealer, unsealer }) => {
    for (const text of ['{"v":1}', 'Grüße, 東京 🙂', 'x'.repeat(5000), ''])
      assert.is(await unsealer.unseal(await sealer.seal(text, 'aad'), 'aad'), text)
  })
  fact('it fits into a link and does not show what it holds', async ({ sealer }) => {
    const sealed = await sealer.seal('ya29.secret', 'aad')
    assert.match(sealed, /^[A-Za-z0-9_-]+$/)
    assert.not.match(Buffer.from(sealed, 'base64url').toString('latin1'), /ya29/)
    assert.is.not(sealed, await sealer.seal('ya29.secret', 'aad'))
  })
  fact('another purpose does not open it', async ({ sealer, unsealer }) => {
    const sealed = await sealer.seal('text', 'hallpass/ticket/v1/approve')
    assert.is(await refusalOf(unsealer.unseal(sealed, 'hallpass/ticket/v1/revoke')), 'NotAuthentic')
    assert.is(await refusalOf(unsealer.unseal(sealed, '')), 'NotAuthentic')
  })
  fact('another key does not open it', async ({ sealer, other }) =>
    assert.is(await refusalOf(other.unseal(await sealer.seal('text', 'aad'), 'aad')), 'KeyDiffers'),
  )
  fact('a changed byte does not open', async ({ sealer, unsealer }) => {
    const sealed = Buffer.from(await sealer.seal('text', 'aad'), 'base64url')
    for (const index of [6, 20, sealed.length - 1]) {
      const changed = Buffer.from(sealed)
      changed.writeUInt8((changed.readUInt8(index) + 1) % 256, index)
      assert.is(await refusalOf(unsealer.unseal(changed.toString('base64url'), 'aad')), 'NotAuthentic', `byte ${index}`)
    }
  })
  fact('what was never sealed does not open', async ({ unsealer }) => {
    for (const forged of ['', 'x', 'AAAA', 'not base64!', '%00', 'ä'])
      assert.is(await refusalOf(unsealer.unseal(forged, 'aad')), 'NotAuthentic', forged)
    assert.is(await refusalOf(unsealer.unseal('A'.repeat(400), 'aad')), 'KeyDiffers')
  })
  fact('garbage that names the right key does not open', async ({ sealer, unsealer }) => {
    const sealed = await sealer.seal('text', 'aad')
    const garbage = sealed.slice(0, 8) + 'A'.repeat(sealed.length - 8)
    assert.is(await refusalOf(unsealer.unseal(garbage, 'aad')), 'NotAuthentic')
  })
}

test.run()
