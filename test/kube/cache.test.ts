// What a cache shows, which hooks it calls after changes, and how its indexes are updated.
import * as assert from 'uvu/assert'
import { createCache } from '../../src/kube/cache.ts'
import { silentLog } from '../../src/kube/environment.ts'
import type { Stored } from '../../src/kube/resource.ts'
import { suite } from '../suite.ts'

const test = suite('the cache')
type Thing = Stored & { owners: string[] }

let serial = 0
const thing = (name: string, ...owners: string[]): Thing => {
  const resourceVersion = String(++serial)
  return { metadata: { name, namespace: 'here', uid: `uid-${name}`, resourceVersion }, owners }
}
function open() {
  const cache = createCache<Thing>({ log: silentLog, indexes: { byOwner: ({ owners }) => owners } })
  const ownedBy = (owner: string): string =>
    cache
      .by('byOwner', owner)
      .map(({ metadata }) => metadata.name)
      .sort()
      .join()
  const replace = (...things: Thing[]): void => {
    const staging = cache.stage()
    for (const each of things) staging.put(each)
    staging.commit()
  }
  return { cache, ownedBy, replace }
}

test('an index finds an object under each of its values, and under no other', () => {
  const { cache, ownedBy } = open()
  cache.put(thing('one', 'mo', 'ana'))
  cache.put(thing('two', 'mo'))
  cache.put(thing('nobodys'))
  assert.equal([ownedBy('mo'), ownedBy('ana'), ownedBy('dana')], ['one,two', 'one', ''])
})

test('an index is updated when objects change or are removed', () => {
  const { cache, ownedBy } = open()
  const one = thing('one', 'mo')
  cache.put(one)
  cache.put(thing('one', 'ana'))
  assert.equal([ownedBy('mo'), ownedBy('ana')], ['', 'one'])
  cache.remove(one)
  assert.equal([ownedBy('mo'), ownedBy('ana'), cache.list()], ['', '', []])
})

test('a whole new content is in the indexes before any hook is called', () => {
  const { cache, ownedBy, replace } = open()
  const [kept, gone] = [thing('kept', 'mo'), thing('gone', 'mo')]
  replace(kept, gone, thing('moved', 'mo'))
  const seen: string[] = []
  cache.onChange(key => seen.push(`${key}: ${ownedBy('mo')} ${ownedBy('ana')}`))
  replace(structuredClone(kept), thing('moved', 'ana'), thing('new', 'mo'))
  assert.equal(seen.sort(), ['here/gone: kept,new moved', 'here/moved: kept,new moved', 'here/new: kept,new moved'])
})

test('an index finds the same object that the cache shows', () => {
  const { cache, replace } = open()
  replace(thing('one', 'mo'))
  cache.put(thing('one', 'mo'))
  assert.is(cache.by('byOwner', 'mo')[0], cache.get({ namespace: 'here', name: 'one' }))
  assert.ok(Object.isFrozen(cache.by('byOwner', 'mo')[0]?.owners))
})

test('a content that is being filled is not visible, may lose objects again, and replaces the old one in one step', () => {
  const { cache } = open()
  cache.put(thing('old', 'mo'))
  const staging = cache.stage()
  staging.put(thing('new', 'mo'))
  const brief = thing('brief', 'mo')
  staging.put(brief)
  staging.remove(brief)
  const names = (): string[] => cache.list().map(({ metadata }) => metadata.name)
  assert.equal(names(), ['old'])
  const told: string[] = []
  cache.onChange(key => told.push(`${key} ${names().join()}`))
  staging.commit()
  assert.equal(told, ['here/new new', 'here/old new'])
})

test('asking for an index that does not exist throws', () => {
  assert.throws(() => open().cache.by('byColour', 'red'), /There is no index "byColour"/)
})

test('a reader cannot change an object, at any depth', () => {
  const { cache } = open()
  cache.put(thing('one', 'mo'))
  const [one] = cache.list()
  assert.throws(() => one?.owners.push('otto'), TypeError)
  assert.throws(() => Object.assign(one?.metadata ?? {}, { name: 'other' }), TypeError)
})

test.run()
