// Outages between our processes and the API server: of calls and of watches.
import { processNames } from '../../src/sandbox/processes.ts'
import type { Crew, Installation } from './installation.ts'
import type { Outage } from './outages.ts'
import type { Harm } from './proxy.ts'
import type { Story } from './stories.ts'
import type { WatchTrouble } from './watches.ts'

const everyCrew = (installation: Crew, act: (proxy: Crew['proxies']['auth']) => void): void =>
  processNames.forEach(name => act(installation.proxies[name]))

type HarmOf = (installation: Installation) => (name: string, path: string) => Harm | Promise<Harm>

/** Harm to calls of the cluster, by all three processes. */
function harmed(story: Story, harmOf: HarmOf): Outage {
  return {
    story,
    start: installation => {
      const by = harmOf(installation)
      everyCrew(installation, proxy => proxy.harm(by))
      return () => everyCrew(installation, proxy => proxy.harm(undefined))
    },
  }
}

function watched(story: Story, trouble: WatchTrouble): Outage {
  return {
    story,
    start: installation => {
      everyCrew(installation, proxy => proxy.troubleWatches(trouble))
      return () => everyCrew(installation, proxy => proxy.troubleWatches(undefined))
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
function conflicting({ cluster }: Installation): (name: string, path: string) => Promise<Harm> {
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
  start: installation => {
    const { controller } = installation.processes
    let hasRestarted = false
    const stale = new Set<string>()
    installation.proxies.controller.harm((name, path) => {
      if (!hasRestarted && name.startsWith('PATCH accessrequests/*/status {grants')) {
        hasRestarted = true
        controller.kill()
      }
      const isList = /^GET (accessrequests|rolemappings) /.test(name)
      if (!hasRestarted || !isList || stale.has(path)) return undefined
      stale.add(path)
      return 'stale'
    })
    return () => installation.proxies.controller.harm(undefined)
  },
  hasHappened: installation => installation.proxies.controller.staleGiven() > 0,
}

const patience = { status: 429, reason: 'TooManyRequests', retryAfterSeconds: 1 }
const broken = { status: 500, reason: 'InternalError' }

/** By their sentences. */
export const clusterOutages: Record<string, Outage> = {
  'the watches break repeatedly': {
    story: 'denied',
    start: installation => {
      const timer = setInterval(() => everyCrew(installation, proxy => proxy.cutWatches()), 400)
      return () => clearInterval(timer)
    },
  },
  'the watches deliver two seconds late': watched('denied', { late: 2000 }),
  'the watches deliver thirty seconds late': { ...watched('denied', { late: 30_000 }), isLong: true },
  'the watches deliver everything twice': watched('granted', 'twice'),
  'the watches deliver different objects in another order': watched('granted', 'shuffled'),
  // Noticed by the stall timer, after a hundred seconds without even a bookmark.
  'the watches stay open and deliver nothing': { ...watched('denied', 'silent'), patienceMs: 200_000, isLong: true },
  // Waiting a second for each write would take longer than the seconds that a granted request lasts.
  'the API server answers 429 to every other write': harmed('denied', everyNthWrite(2, patience)),
  'the API server fails at every third write': harmed('granted', everyNthWrite(3, broken)),
  'the API server takes half a second for each call': {
    ...harmed('granted', () => () => ({ slowMs: 500 })),
    seconds: 25,
  },
  'the answer to every third write is lost': harmed('granted', everyNthWrite(3, 'lost')),
  'the answer to every other write is lost': harmed('denied', everyNthWrite(2, 'lost')),
  'somebody else writes first, each time a status is written': harmed('denied', conflicting),
  'somebody else writes first, each time a grant is recorded': harmed('granted', conflicting),
  'a controller starts and is shown the old state that the one before it was shown': staleAfterRestart,
}
