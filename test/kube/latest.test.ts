// The newest that a process knows of an object, while its watch is late, early, or in another order than its own writes.
import * as assert from 'uvu/assert'
import { createCache } from '../../src/kube/cache.ts'
import { silentLog } from '../../src/kube/environment.ts'
import { compareVersions, createLatest } from '../../src/kube/latest.ts'
import { suite, table } from '../suite.ts'

const test = suite('the latest that is known')
const ref = { namespace: 'here', name: 'a' }

type Thing = { metadata: { name: string; namespace: string; uid: string; resourceVersion: string }; isOver?: boolean }

const thing = (
  resourceVersion: string | number,
  more: { uid?: string; isOver?: boolean; name?: string } = {},
): Thing => ({
  metadata: { ...ref, name: more.name ?? ref.name, uid: more.uid ?? 'one', resourceVersion: String(resourceVersion) },
  ...(more.isOver && { isOver: true }),
})

function begin(most?: number) {
  const watched = createCache<Thing>({ log: silentLog })
  const time = { ms: 0 }
  const latest = createLatest<Thing>({
    watched,
    isWatched: ({ isOver }) => !isOver,
    monotonicMs: () => time.ms,
    ...(most && { most }),
  })
  return { time, watched, latest, version: (at = ref) => latest.get(at)?.metadata.resourceVersion }
}
type Fixture = ReturnType<typeof begin>

table<{ happens: (fixture: Fixture) => void; known: string | undefined }>(
  test,
  {
    'what the watch shows is known when nothing was answered': {
      happens: ({ watched }) => watched.put(thing(5)),
      known: '5',
    },
    'an answer counts while the watch is behind it': {
      happens: ({ watched, latest }) => {
        watched.put(thing(5))
        latest.answered(thing(9))
        watched.put(thing(7))
      },
      known: '9',
    },
    'versions are numbers, however long they are': {
      happens: ({ watched, latest }) => {
        watched.put(thing('99999999999999999999'))
        latest.answered(thing('100000000000000000000'))
      },
      known: '100000000000000000000',
    },
    'a watch that shows the answer goes on from there': {
      happens: ({ watched, latest }) => {
        latest.answered(thing(9))
        watched.put(thing(9))
        watched.put(thing(12))
      },
      known: '12',
    },
    'a watch that jumps ahead of the answer is believed': {
      happens: ({ watched, latest }) => {
        watched.put(thing(5))
        latest.answered(thing(9))
        watched.put(thing(12))
      },
      known: '12',
    },
    'an answer that arrives after the watch has shown something newer is not': {
      happens: ({ watched, latest }) => {
        watched.put(thing(12))
        latest.answered(thing(9))
      },
      known: '12',
    },
    'a list that is older than the answer does not take it back': {
      happens: ({ watched, latest }) => {
        latest.answered(thing(9))
        const listed = watched.stage()
        listed.put(thing(7))
        listed.commit()
      },
      known: '9',
    },
    'a list that is newer than the answer is believed': {
      happens: ({ watched, latest }) => {
        latest.answered(thing(9))
        const listed = watched.stage()
        listed.put(thing(10))
        listed.commit()
      },
      known: '10',
    },
    'an object that the watch has lost since is asked for': {
      happens: ({ watched, latest }) => {
        watched.put(thing(5))
        latest.answered(thing(9))
        watched.remove(thing(10))
      },
      known: undefined,
    },
    'an object that left the watch with the answer is as it was answered': {
      happens: ({ watched, latest }) => {
        watched.put(thing(5))
        latest.answered(thing(9, { isOver: true }))
        watched.remove(thing(9))
      },
      known: '9',
    },
    'a namesake made after a deletion is another object': {
      happens: ({ watched, latest }) => {
        watched.put(thing(5))
        latest.answered(thing(9))
        watched.remove(thing(10))
        watched.put(thing(11, { uid: 'two' }))
      },
      known: '11',
    },
    'a namesake that was answered counts before the watch has shown the deletion': {
      happens: ({ watched, latest }) => {
        watched.put(thing(5))
        latest.answered(thing(11, { uid: 'two' }))
      },
      known: '11',
    },
    'after a write without an answer only the API server can say': {
      happens: ({ watched, latest }) => {
        watched.put(thing(5))
        latest.unknown(ref)
        watched.put(thing(9))
      },
      known: undefined,
    },
    'and what it says ends the doubt': {
      happens: ({ watched, latest }) => {
        watched.put(thing(5))
        latest.unknown(ref)
        latest.answered(thing(9))
      },
      known: '9',
    },
    'an object that the API server does not have is known by the watch alone': {
      happens: ({ latest }) => {
        latest.answered(thing(9))
        latest.gone(ref)
      },
      known: undefined,
    },
    'an answer counts as long as a watch can be behind': {
      happens: ({ watched, latest, time }) => {
        watched.put(thing(5))
        latest.answered(thing(9))
        time.ms += 99_999
      },
      known: '9',
    },
    'after an etcd restore versions are smaller, so the API server is asked': {
      happens: ({ watched, latest, time }) => {
        watched.put(thing(5))
        latest.answered(thing(900))
        watched.put(thing(7))
        time.ms += 100_000
      },
      known: undefined,
    },
    'and what it says then counts': {
      happens: ({ watched, latest, time }) => {
        latest.answered(thing(900))
        watched.put(thing(7))
        time.ms += 100_000
        latest.answered(thing(8))
      },
      known: '8',
    },
    'an object that was made again after a restore is not hidden by its namesake for longer': {
      happens: ({ watched, latest, time }) => {
        latest.answered(thing(900))
        watched.put(thing(7, { uid: 'two' }))
        time.ms += 100_000
      },
      known: undefined,
    },
    'an answer that the watch has shown before does not outlive a restore': {
      happens: ({ watched, latest }) => {
        watched.put(thing(900))
        latest.answered(thing(900))
        watched.put(thing(7))
      },
      known: '7',
    },
    'versions that are no numbers cannot be compared, so the API server is asked': {
      happens: ({ watched, latest }) => {
        watched.put(thing('v5'))
        latest.answered(thing('v9'))
      },
      known: undefined,
    },
    'until the watch shows the same version': {
      happens: ({ watched, latest }) => {
        latest.answered(thing('v9'))
        watched.put(thing('v9'))
      },
      known: 'v9',
    },
  },
  ({ happens, known }) => {
    const fixture = begin()
    happens(fixture)
    assert.is(fixture.version(), known)
  },
)

test('what left the watch is forgotten once it has been looked at', () => {
  const { watched, latest, version } = begin()
  watched.put(thing(5))
  latest.answered(thing(9, { isOver: true }))
  watched.remove(thing(9))
  assert.equal([version(), version()], ['9', undefined])
})

test('it keeps no more answers than it may, and drops those that the watch has shown', () => {
  const { watched, latest, version } = begin(2)
  const at = (name: string) => ({ ...ref, name })
  for (const name of ['a', 'b', 'c']) watched.put(thing(1, { name }))
  for (const name of ['a', 'b']) latest.answered(thing(5, { name }))
  watched.put(thing(5, { name: 'a' }))
  latest.answered(thing(5, { name: 'c' }))
  assert.equal(
    ['b', 'c'].map(name => version(at(name))),
    ['5', '5'],
    'the watch had shown a, so there was room',
  )
  latest.answered(thing(9, { name: 'a' }))
  assert.equal(
    ['a', 'b', 'c'].map(name => version(at(name))),
    ['9', '1', '5'],
  )
})

table<{ a: string; b: string; order: number | undefined }>(
  test,
  {
    'a longer number is newer': { a: '10', b: '9', order: 1 },
    'a shorter one is older': { a: '9', b: '10', order: -1 },
    'the same version is the same': { a: 'x', b: 'x', order: 0 },
    'a number with a leading zero is not a version': { a: '010', b: '9', order: undefined },
    'an empty text is not a version': { a: '', b: '9', order: undefined },
  },
  ({ a, b, order }) => assert.is(compareVersions(thing(a), thing(b)), order),
)

test.run()
