// The namespace of sealed tokens: who puts one in and takes one out, tried on a real API server.
import * as assert from 'uvu/assert'
import type { Call } from '../../src/kube/transport.ts'
import { suite } from '../suite.ts'
import { byRbac, judge, type Refused } from './judge.ts'
import { sealedToken, startWorld, tokensPath, type Who, type World } from './world.ts'

const test = suite('admission of sealed tokens', { timeoutMs: 60_000 })
let world: World
test.before(async () => {
  world = await startWorld()
})
test.after(() => world.cluster.stop())

type Sealing = Refused & { as: Who; change?: (token: ReturnType<typeof sealedToken>) => object; into?: string }
const big = { sealed: 'A'.repeat(16_388) }
const sealings: Record<string, Sealing> = {
  'auth seals a token': { as: 'auth' },
  'the gateway seals no token': { as: 'gateway', refused: byRbac },
  'the controller seals no token': { as: 'controller', refused: byRbac },
  'an administrator puts nothing among the sealed tokens': {
    as: 'admin',
    refused: /holds sealed tokens and nothing else/,
  },
  'a robot puts nothing among the sealed tokens': { as: 'robot', refused: /holds sealed tokens and nothing else/ },
  'an administrator may store Secrets anywhere else': {
    as: 'admin',
    into: '/api/v1/namespaces/elsewhere/secrets',
  },
  'auth stores no Secret anywhere else': {
    as: 'auth',
    into: '/api/v1/namespaces/hallpass-system/secrets',
    refused: byRbac,
  },
  'auth seals nothing of another type': {
    as: 'auth',
    change: token => ({ ...token, type: 'Opaque' }),
    refused: /has the type hallpass\.dev\/sealed-token/,
  },
  'auth seals nothing without a type': {
    as: 'auth',
    change: token => ({ ...token, type: undefined }),
    refused: /has the type hallpass\.dev\/sealed-token/,
  },
  'auth makes no token of a service account': {
    as: 'auth',
    change: token => ({
      metadata: { ...token.metadata, annotations: { 'kubernetes.io/service-account.name': 'default' } },
      type: 'kubernetes.io/service-account-token',
    }),
    refused: /has the type hallpass\.dev\/sealed-token/,
  },
  'auth seals nothing that could be changed': {
    as: 'auth',
    change: token => ({ ...token, immutable: undefined }),
    refused: /is immutable/,
  },
  'auth seals nothing under a free name': {
    as: 'auth',
    change: token => ({ ...token, metadata: { name: 'token-mine' } }),
    refused: /named token-UID-HASH/,
  },
  'auth seals nothing under a name with more behind it': {
    as: 'auth',
    change: token => ({ ...token, metadata: { name: `${token.metadata.name}0` } }),
    refused: /named token-UID-HASH/,
  },
  'auth seals nothing under a name the server makes up': {
    as: 'auth',
    change: token => ({ ...token, metadata: { generateName: 'token-' } }),
    refused: /named token-UID-HASH/,
  },
  'auth seals nothing that is too big': {
    as: 'auth',
    change: token => ({ ...token, data: big }),
    refused: /at most 16384/,
  },
  'auth seals nothing that is too big, sent as plain text': {
    as: 'auth',
    change: token => ({ ...token, data: undefined, stringData: big }),
    refused: /at most 16384/,
  },
  'auth seals one thing at a time': {
    as: 'auth',
    change: token => ({ ...token, data: { sealed: 'AAAA', more: 'AAAA' } }),
    refused: /is one value/,
  },
  'auth seals something': { as: 'auth', change: token => ({ ...token, data: undefined }), refused: /is one value/ },
  'auth seals nothing that outlives its deletion': {
    as: 'auth',
    change: token => ({ ...token, metadata: { ...token.metadata, finalizers: ['example.com/keep'] } }),
    refused: /no finalizers, owners or annotations/,
  },
  'auth writes no notes on a sealed token': {
    as: 'auth',
    change: token => ({ ...token, metadata: { ...token.metadata, annotations: { token: 'ya29' } } }),
    refused: /no finalizers, owners or annotations/,
  },
}
for (const [sentence, { as, change, into, ...rest }] of Object.entries(sealings))
  test(sentence, async () => {
    const token = sealedToken()
    await judge(
      world.as[as].request({ method: 'POST', path: into ?? tokensPath, body: change?.(token) ?? token }),
      rest,
    )
  })

type Handling = Refused & { as: Who; call: (path: string) => Call }
const relabel = (path: string): Call => ({
  method: 'PATCH',
  path,
  contentType: 'application/merge-patch+json',
  body: { metadata: { labels: { seen: 'yes' } } },
})
const handlings: Record<string, Handling> = {
  'the controller reads a sealed token': { as: 'controller', call: path => ({ method: 'GET', path }) },
  'the controller lists sealed tokens': { as: 'controller', call: () => ({ method: 'GET', path: tokensPath }) },
  'the controller deletes a sealed token': { as: 'controller', call: path => ({ method: 'DELETE', path }) },
  'the controller does not change a sealed token': { as: 'controller', call: relabel, refused: byRbac },
  'the controller reads no Secrets of its own namespace': {
    as: 'controller',
    call: () => ({ method: 'GET', path: '/api/v1/namespaces/hallpass-system/secrets' }),
    refused: byRbac,
  },
  'auth does not read what it sealed': { as: 'auth', call: path => ({ method: 'GET', path }), refused: byRbac },
  'auth does not list what is sealed': {
    as: 'auth',
    call: () => ({ method: 'GET', path: tokensPath }),
    refused: byRbac,
  },
  'auth does not delete what it sealed': { as: 'auth', call: path => ({ method: 'DELETE', path }), refused: byRbac },
  'auth does not change what it sealed': { as: 'auth', call: relabel, refused: byRbac },
  'the gateway reads no sealed token': { as: 'gateway', call: path => ({ method: 'GET', path }), refused: byRbac },
  'the gateway deletes no sealed token': { as: 'gateway', call: path => ({ method: 'DELETE', path }), refused: byRbac },
  'an administrator changes no sealed token': { as: 'admin', call: relabel, refused: /is never changed/ },
  'an administrator deletes no sealed token': {
    as: 'admin',
    call: path => ({ method: 'DELETE', path }),
    refused: /controller does, once it is used/,
  },
  'a robot clears away no sealed tokens': {
    as: 'robot',
    call: () => ({ method: 'DELETE', path: tokensPath }),
    refused: /controller does, once it is used/,
  },
}
for (const [sentence, { as, call, ...rest }] of Object.entries(handlings))
  test(sentence, async () => {
    const token = sealedToken()
    await world.as.auth.request({ method: 'POST', path: tokensPath, body: token })
    await judge(world.as[as].request(call(`${tokensPath}/${token.metadata.name}`)), rest)
  })

test('a namespace that is deleted can be cleared of sealed tokens', async () => {
  const token = sealedToken()
  await world.as.auth.request({ method: 'POST', path: tokensPath, body: token })
  const { stderr, code } = await world.cluster.kubectl(
    'delete',
    'secret',
    token.metadata.name,
    '--namespace=hallpass-tokens',
    '--wait=false',
    '--as=system:serviceaccount:kube-system:namespace-controller',
    '--as-group=system:masters',
  )
  assert.is(code, 0, stderr)
})

test.run()
