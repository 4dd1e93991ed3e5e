// What an approval commits to: every field of a spec changes its digest, and no two commitments share a nonce.
import { readFile } from 'node:fs/promises'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import type { RequestSpec } from '../../../src/api/kinds.ts'
import { type Commitment, nonceOf, sha256, specDigest } from '../../../src/domain/approval/digest.ts'
import { suite, table } from '../../suite.ts'

const test = suite('digests')

type Schema = { properties?: Record<string, Schema>; items?: Schema; type?: string }
const crd = parse(await readFile(new URL('../../../crds/accessrequests.yaml', import.meta.url), 'utf8'), {
  merge: true,
}) as {
  spec: { versions: { schema: { openAPIV3Schema: Schema } }[] }
}
const specSchema = crd.spec.versions[0]?.schema.openAPIV3Schema.properties?.['spec'] ?? {}

/** A value for a schema in which every leaf depends on `seed`. */
function sample({ properties, items, type }: Schema, seed: string): unknown {
  if (properties)
    return Object.fromEntries(Object.entries(properties).map(([name, part]) => [name, sample(part, seed)]))
  if (items) return [sample(items, seed)]
  if (type === 'integer') return seed.length
  return type === 'boolean' ? seed.length > 1 : seed
}

/** Paths of all leaves. */
function leaves(schema: Schema, path: string[] = []): string[][] {
  if (schema.properties)
    return Object.entries(schema.properties).flatMap(([name, part]) => leaves(part, [...path, name]))
  return schema.items ? leaves(schema.items, [...path, '0']) : [path]
}

function withLeaf(value: unknown, [head, ...rest]: string[], leaf: (standing: unknown) => unknown): unknown {
  if (head === undefined) return leaf(value)
  if (Array.isArray(value)) return value.map((part: unknown) => withLeaf(part, rest, leaf))
  const object = value as Record<string, unknown>
  return { ...object, [head]: withLeaf(object[head], rest, leaf) }
}

const whole = sample(specSchema, 'a')

test('the CRD’s spec is what is sampled', () =>
  assert.ok(leaves(specSchema).length > 20, String(leaves(specSchema).length)))

for (const path of leaves(specSchema))
  test(`spec.${path.join('.')} is part of the digest`, () => {
    const changed = withLeaf(whole, path, standing =>
      typeof standing === 'boolean' ? !standing : typeof standing === 'number' ? standing + 1 : `${String(standing)}x`,
    )
    const absent = withLeaf(whole, path, () => undefined)
    const digests = [whole, changed, absent].map(spec => specDigest(spec as RequestSpec))
    assert.is(new Set(digests).size, 3)
  })

test('the order in which fields are stored does not matter', () => {
  const reversed = JSON.parse(JSON.stringify(whole)) as Record<string, unknown>
  const turned = Object.fromEntries(Object.entries(reversed).reverse())
  assert.is(specDigest(turned as RequestSpec), specDigest(whole as RequestSpec))
})

const commitment: Commitment = {
  purpose: 'approve',
  uid: 'u',
  specDigest: 'd',
  narrowing: { duration: '10m', grants: [0] },
  comment: 'c',
  salt: 's',
}

table<Partial<Commitment>>(
  test,
  {
    'another purpose': { purpose: 'revoke' },
    'another request': { uid: 'v' },
    'another spec': { specDigest: 'e' },
    'another duration': { narrowing: { duration: '11m', grants: [0] } },
    'other grants': { narrowing: { duration: '10m', grants: [1] } },
    'no narrowing': { narrowing: undefined },
    'another comment': { comment: 'd' },
    'no comment': { comment: undefined },
    'another salt': { salt: 't' },
    'a boundary moved between two fields': { uid: 'ud', specDigest: '' },
  },
  change => assert.is.not(nonceOf({ ...commitment, ...change }), nonceOf(commitment)),
)

test('no narrowing, an empty one and absent fields are one and the same', () => {
  const nonces = [undefined, {}, { duration: undefined }].map(narrowing =>
    nonceOf({ ...commitment, narrowing: narrowing as Commitment['narrowing'] }),
  )
  assert.is(new Set(nonces).size, 1)
})

test('a nonce is 43 characters of base64url, always the same', () => {
  assert.match(nonceOf(commitment), /^[A-Za-z0-9_-]{43}$/)
  assert.is(nonceOf(commitment), nonceOf({ ...commitment }))
})

test('sha256 is hex', () => {
  assert.is(sha256('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
})

test.run()
