// Every call about the policy of each type of resource, made by the adapter and answered by the simulator, fits Google's
// discovery document of that API: paths, verbs, parameters, bodies, answers and errors.
import * as assert from 'uvu/assert'
import { withBindings } from '../../src/domain/granting/adding.ts'
import { createPolicyService } from '../../src/google/policy-service.ts'
import { type Exchange, watchTraffic } from '../../src/sim/traffic.ts'
import { addResource, type Sample, samples } from '../builders/resources.ts'
import { start } from '../fakes/clock.ts'
import { openGoogle, tokenOf } from '../google/fixture.ts'
import { suite } from '../suite.ts'
import { type Discovery, discoveryDocuments, faultsOfCall } from './discovery.ts'

const test = suite('policies of resources as Google publishes them', { timeoutMs: 240_000 })
const google = await discoveryDocuments(line => console.log(line))

/** Reads, writes, is refused, and conflicts. */
async function exchangesOn(sample: Sample): Promise<Exchange[]> {
  const seen: Exchange[] = []
  const stopWatching = watchTraffic(exchange => void seen.push(exchange))
  const { google: simulated, clock } = await openGoogle()
  try {
    addResource(simulated, sample)
    const port = createPolicyService({ clock, rootUrl: simulated.url })
    const [mo, otto] = [tokenOf(simulated, 'mo@example.com'), tokenOf(simulated, 'otto@example.com')]
    await port.mayWrite(sample.name, mo)
    const policy = await port.read(sample.name, mo)
    const member = 'user:dana@example.com'
    const entry = { uid: '22222222-0000-4000-8000-000000000001', member, role: sample.role, description: 'for Dana' }
    const times = { startsAt: start, expiresAt: new Date(start.getTime() + 60_000) }
    const changed = withBindings(policy, [{ ...entry, ...times }], start)
    await port.write(sample.name, changed, mo, 'granted')
    await port.write(sample.name, changed, mo, 'in conflict')
    await port.write(sample.name, changed, otto, 'refused').catch(() => undefined)
    await port.read(`${sample.name}-x`.replace(/-x$/, '1'), mo).catch(() => undefined)
    return seen.filter(({ port: at }) => at === simulated.port)
  } finally {
    stopWatching()
    await simulated.close()
  }
}

for (const [noun, sample] of Object.entries(samples)) {
  const sentence = `${noun}: every call fits its discovery document`
  if ('because' in google) {
    console.log(`SKIPPED ${sentence}: ${google.because}`)
    test.skip(sentence)
    continue
  }
  const documents: readonly Discovery[] = google.documents
  test(sentence, async () => {
    const calls = await exchangesOn(sample)
    assert.ok(calls.length >= 5, `${calls.length} calls`)
    assert.ok(new Set(calls.map(({ status }) => status)).size >= 3, 'answers, refusals and conflicts')
    const faults = calls.flatMap(
      call => faultsOfCall(call, documents) ?? [`${call.method} ${call.url} is not described`],
    )
    assert.equal([...new Set(faults)], [])
  })
}

test.run()
