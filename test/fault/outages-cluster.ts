// What befalls the calls and watches between our processes and the API server.
import { processNames } from '../../src/sandbox/processes.ts'
import type { Crew, Lane } from './lane.ts'
import type { Outage } from './outages.ts'
import type { Harm } from './proxy.ts'
import type { Story } from './stories.ts'
import type { WatchTrouble } from './watches.ts'

const everyCrew = (lane: Crew, act: (proxy: Crew['proxies']['auth']) => void): void =>
  processNames.forEach(name => act(lane.proxies[name]))

type HarmOf = (lane: Lane) => (name: string, path: string) => Harm | Promise<Harm>

/** Harm to calls of the cluster, by all three processes. */
function harmed(story: Story, harmOf: HarmOf): Outage {
  return {
    story,
    befall: lane => {
      const by = harmOf(lane)
      everyCrew(lane, proxy => proxy.harm(by))
      return () => everyCrew(lane, proxy => proxy.harm(undefined))
    },
  }
}

function watched(story: Story, trouble: WatchTrouble): Outage {
  return {
    story,
    befall: lane => {
      everyCrew(lane, proxy => proxy.troubleWatches(trouble))
      return () => everyCrew(lane, proxy => proxy.troubleWatches(undefined))
    },
  }
}

/** Harm to every nth call that changes something. */
function everyNthWrite(nth: number, harm: Harm): HarmOf {
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

// As an API server whose cache lags: a controller that starts is shown what one before it was shown.
const staleAfterRestart: Outage = {
  story: 'granted',
  seconds: 20,
  isFirst: true,
  befall: lane => {
    const { controller } = lane.processes
    let hasRestarted = false
    const stale = new Set<string>()
    lane.proxies.controller.harm((name, path) => {
      if (!hasRestarted && name.startsWith('PATCH accessrequests/*/status {grants')) {
        hasRestarted = true
        controller.kill()
      }
      const isList = /^GET (accessrequests|rolemappings) /.test(name)
      if (!hasRestarted || !isList || stale.has(path)) return undefined
      stale.add(path)
      return 'stale'
    })
    return () => lane.proxies.controller.harm(undefined)
  },
  hasBefallen: lane => lane.proxies.controller.staleGiven() > 0,
}

const patience = { status: 429, reason: 'TooManyRequests', retryAfterSeconds: 1 }
const broken = { status: 500, reason: 'InternalError' }

/** By their sentences. */
export const clusterOutages: Record<string, Outage> = {
  'the watches break repeatedly': {
    story: 'denied',
    befall: lane => {
      const timer = setInterval(() => everyCrew(lane, proxy => proxy.cutWatches()), 400)
      return () => clearInterval(timer)
    },
  },
  'what the watches tell comes two seconds late': watched('denied', { late: 2000 }),
  'what the watches tell comes thirty seconds late': { ...watched('denied', { late: 30_000 }), isLong: true },
  'the watches say everything twice': watched('granted', 'twice'),
  'the watches mix the order of different objects': watched('granted', 'shuffled'),
  // Noticed by the stall timer, after a hundred seconds without even a bookmark.
  'the watches stay open and say nothing': { ...watched('denied', 'silent'), patienceMs: 200_000, isLong: true },
  // Patience of a second for each write would outlast the seconds that a granted request lasts.
  'the API server asks for patience at every other write': harmed('denied', everyNthWrite(2, patience)),
  'the API server fails at every third write': harmed('granted', everyNthWrite(3, broken)),
  'the API server takes half a second for each call': {
    ...harmed('granted', () => () => ({ slowMs: 500 })),
    seconds: 25,
  },
  'the answer to every third write is lost': harmed('granted', everyNthWrite(3, 'lost')),
  'the answer to every other write is lost': harmed('denied', everyNthWrite(2, 'lost')),
  'somebody else writes first, each time a status is written': harmed('denied', conflicting),
  'somebody else writes first, each time a grant is recorded': harmed('granted', conflicting),
  'a controller starts on what the one before it was shown': staleAfterRestart,
}
