// What befalls the world around our processes while a story is played, each as a sentence. The end must be the story's own.
import * as assert from 'uvu/assert'
import { processNames } from '../../src/sandbox/processes.ts'
import type { Fault } from '../../src/sim/serve.ts'
import { check } from './ends.ts'
import type { Crew, Lane } from './lane.ts'
import type { Harm } from './proxy.ts'
import { play, type Story } from './stories.ts'

type Mend = () => void | Promise<void>

export type Outage = {
  story: Story
  /** How much access is asked for. */
  seconds?: number
  /** Does the harm; what it gives ends it. */
  /** Befalls a controller that has just started and remembers nothing. */
  isFirst?: boolean
  befall: (lane: Lane) => Mend | Promise<Mend>
  /** Whether it all happened, looked at before it ends. */
  hasBefallen?: (lane: Lane) => boolean
}

const everyCrew = (lane: Crew, act: (proxy: Crew['proxies']['auth']) => void): void =>
  processNames.forEach(name => act(lane.proxies[name]))

/** Harm to calls of the cluster, by all three processes. */
function harmed(story: Story, harmOf: (lane: Lane) => (name: string, path: string) => Harm | Promise<Harm>): Outage {
  return {
    story,
    befall: lane => {
      const by = harmOf(lane)
      everyCrew(lane, proxy => proxy.harm(by))
      return () => everyCrew(lane, proxy => proxy.harm(undefined))
    },
  }
}

/** Harm to every nth call that changes something. */
function everyNthWrite(nth: number, harm: Harm): () => (name: string) => Harm {
  return () => {
    let writes = 0
    return name => (!name.startsWith('GET ') && ++writes % nth === 0 ? harm : undefined)
  }
}

// Somebody else writes just before, once for each set of fields.
function conflicting({ cluster }: Lane): (name: string, path: string) => Promise<Harm> {
  const touched = new Set<string>()
  return async (name, path) => {
    const fields = name.replace(/ #\d+$/, '')
    if (!fields.startsWith('PATCH accessrequests/*/status') || touched.has(fields)) return undefined
    touched.add(fields)
    await cluster.transport.request({
      method: 'PATCH',
      path: path.replace(/\/status$/, ''),
      contentType: 'application/merge-patch+json',
      body: { metadata: { annotations: { touched: String(touched.size) } } },
    })
    return undefined
  }
}

type Sim = 'google' | 'slack' | 'pagerduty'

function faulty(story: Story, sim: Sim, ...faults: Fault[]): Outage {
  return {
    story,
    isFirst: sim === 'pagerduty',
    befall: lane => {
      lane[sim].faults.add(...faults)
      return () => lane[sim].faults.clear()
    },
    hasBefallen: lane => lane[sim].faults.left === 0,
  }
}

const patience = { status: 429, reason: 'TooManyRequests', retryAfterSeconds: 1 }
const broken = { status: 500, reason: 'InternalError' }
const html = { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>bad gateway</html>' }
const down = { status: 503, body: {} }
const post = 'POST /api/chat.postMessage'
const oncalls = 'GET /oncalls'
const log = 'POST /v2/entries:write'
const encrypt = 'POST /v1/projects/*:encrypt'
const decrypt = 'POST /v1/projects/*:decrypt'
const read = 'POST /v3/projects/*:getIamPolicy'
const write = 'POST /v3/projects/*:setIamPolicy'

/** Beyond the lease, and well within the time that is asked for. */
const frozenMs = 6_000

/** Every outage, by its sentence. */
export const outages: Record<string, Outage> = {
  'the watches break again and again': {
    story: 'denied',
    befall: lane => {
      const timer = setInterval(() => everyCrew(lane, proxy => proxy.cutWatches()), 400)
      return () => clearInterval(timer)
    },
  },
  'what the watches tell comes two seconds late': {
    story: 'denied',
    befall: lane => {
      everyCrew(lane, proxy => proxy.delayWatches(2000))
      return () => everyCrew(lane, proxy => proxy.delayWatches(0))
    },
  },
  // Patience of a second for each write would outlast the seconds that a granted request lasts.
  'the API server asks for patience at every other write': harmed('denied', everyNthWrite(2, patience)),
  'the API server fails at every third write': harmed('granted', everyNthWrite(3, broken)),
  'the answer to every third write is lost': harmed('granted', everyNthWrite(3, 'lost')),
  'the answer to every other write is lost': harmed('denied', everyNthWrite(2, 'lost')),
  'somebody else writes first, each time a status is written': harmed('denied', conflicting),
  'somebody else writes first, each time a grant is recorded': harmed('granted', conflicting),
  'Slack is down for a while': faulty('denied', 'slack', { route: '* /api/chat.*', times: 3, ...down }),
  'Slack posts and does not answer': faulty('denied', 'slack', { route: post, reset: 'after' }),
  'Slack breaks off before it posts': faulty('denied', 'slack', { route: post, reset: 'before' }),
  'Slack answers with a page': faulty('denied', 'slack', { route: post, ...html }),
  'Slack asks for patience': faulty('denied', 'slack', {
    route: '* /api/chat.*',
    times: 2,
    status: 429,
    headers: { 'retry-after': '1' },
    body: { ok: false, error: 'ratelimited' },
  }),
  'PagerDuty is down for a moment': faulty('denied', 'pagerduty', { route: oncalls, times: 1, ...down }),
  'PagerDuty breaks off': faulty('denied', 'pagerduty', { route: oncalls, reset: 'after' }),
  'the log is down for a while': faulty('denied', 'google', { route: log, times: 3, ...down }),
  'the log takes entries and does not answer': faulty('denied', 'google', { route: log, times: 2, reset: 'after' }),
  'the log answers with a page': faulty('denied', 'google', { route: log, ...html }),
  'the keys are down for a while': faulty(
    'granted',
    'google',
    { route: encrypt, times: 3, ...down },
    { route: decrypt, times: 3, ...down },
  ),
  'the keys answer with a page': faulty('granted', 'google', { route: encrypt, ...html }, { route: decrypt, ...html }),
  'policies cannot be read for a while': faulty('granted', 'google', { route: read, times: 3, ...down }),
  'a policy is written and the answer is lost': faulty('granted', 'google', { route: write, times: 2, reset: 'after' }),
  'the connection breaks before a policy is written': faulty('granted', 'google', { route: write, reset: 'before' }),
  'a policy is written and the answer is a page': faulty('granted', 'google', { route: write, ...html }),
  'somebody else writes the policy first': faulty('granted', 'google', {
    route: write,
    times: 3,
    status: 409,
    body: { error: { code: 409, message: 'concurrent policy changes', status: 'ABORTED' } },
  }),
  // The second controller takes over in the middle of the grant, and the first wakes up in the middle of its own.
  'the leader freezes beyond its lease while it grants, another one leads, and the first wakes up': {
    story: 'granted',
    seconds: 20,
    befall: async lane => {
      const others = await lane.double()
      const { controller } = lane.processes
      let hasFrozen = false
      lane.proxies.controller.harm(name => {
        if (hasFrozen || !name.startsWith('PATCH accessrequests/*/status {grants}')) return undefined
        hasFrozen = true
        controller.signal('SIGSTOP')
        setTimeout(() => controller.signal('SIGCONT'), frozenMs)
        return undefined
      })
      return async () => {
        lane.proxies.controller.harm(undefined)
        await others.stop()
      }
    },
    hasBefallen: lane => lane.processes.controller.ends.length > 0,
  },
  'two of each process serve at once': {
    story: 'granted',
    befall: async lane => {
      const others = await lane.double()
      return () => others.stop()
    },
  },
}

const usualSeconds = 8

/** Plays the outage's story in it. Throws what is not as promised. */
export async function endure(
  lane: Lane,
  { story, seconds = usualSeconds, befall, hasBefallen, isFirst }: Outage,
): Promise<void> {
  if (isFirst) await lane.processes.controller.restart()
  await lane.rest()
  for (const name of processNames) lane.proxies[name].begin()
  const mend = await befall(lane)
  try {
    const requests = await play(lane, story, seconds)
    assert.is(hasBefallen?.(lane) ?? true, true, 'all of it happened')
    await mend()
    await lane.rest()
    check(lane, { story, seconds }, requests)
  } finally {
    await mend()
  }
}
