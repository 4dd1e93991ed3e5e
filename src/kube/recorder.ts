// Events on objects, for `kubectl describe`. Best effort: nothing waits for them or depends on them.
import { randomBytes } from 'node:crypto'
import { microTime } from './elector.ts'
import { type Cancel, type Log, pause, type Timers } from './environment.ts'
import type { Metrics } from './metrics.ts'
import { createResource, type Stored } from './resource.ts'
import type { Transport } from './transport.ts'

export type Regarding = { apiVersion: string; kind: string; namespace: string; name: string; uid: string }
export type Happening = { type: 'Normal' | 'Warning'; reason: string; message: string }
export type Recorder = {
  /**
   * Never throws, never waits. The same event again within ten minutes increases a count instead of making a new Event,
   * unless the first one could not be written.
   */
  record(regarding: Regarding, happening: Happening): void
  /** Resolves when all earlier events have been sent or given up, after `withinMs` at the latest. */
  drain(withinMs?: number): Promise<void>
}
type Options = {
  transport: Transport
  /** The reporter, such as "hallpass.dev/controller", and its process. */
  reportingController: string
  reportingInstance: string
  timers: Timers
  log: Log
  metrics: Metrics
}
type Event = Stored & { series?: { count: number; lastObservedTime: string } }
type Series = { key: string; event?: Event; count: number; startedAt: number; cancel?: Cancel }

const events = { group: 'events.k8s.io', version: 'v1', plural: 'events' }
const seriesMs = 600_000
/** A series is updated at most this often. */
const updateMs = 30_000
/**
 * If there are more different messages than this about one object for one reason within ten minutes, they become one
 * Event.
 */
const maxMessages = 10
/** The most series and unsent events in memory; further events are dropped. */
const [maxSeries, maxUnsent] = [5_000, 500]
/** The longest wait for the last events when the process stops. */
const drainMs = 3_000
/** The API's limit for `note`, in bytes. */
const maxNoteBytes = 1024

/** A recorder for one process. */
export function createRecorder(options: Options): Recorder {
  const { transport, timers, log, metrics } = options
  const resource = createResource<Event>(transport, events)
  const series = new Map<string, Series>()
  let tail = Promise.resolve()
  let unsent = 0
  const nowMs = (): number => timers.now().getTime()
  const nextMoment = momentsOf(timers)

  const send = (work: () => Promise<void>, drop: () => void = () => undefined): void => {
    const dropped = (why: string): void => {
      metrics.count('events_dropped_total')
      log.debug('recorder: an Event was not written; it is dropped', { error: why })
      drop()
    }
    if (unsent >= maxUnsent) return dropped(`${maxUnsent} others are waiting`)
    unsent += 1
    tail = tail
      .then(work)
      .catch((error: unknown) => dropped(String(error)))
      .finally(() => (unsent -= 1))
  }

  const forget = (one: Series): void => {
    one.cancel?.()
    if (series.get(one.key) === one) series.delete(one.key)
  }

  const forgetOld = (): void => {
    for (const one of series.values()) {
      if (series.size < maxSeries && nowMs() - one.startedAt < seriesMs) return
      forget(one)
    }
  }

  const begin = (key: string, regarding: Regarding, happening: Happening): void => {
    const one: Series = { key, count: 1, startedAt: nowMs() }
    series.set(key, one)
    const event = eventOf(options, { regarding, happening, at: nextMoment() })
    const create = async (): Promise<void> => void (one.event = await resource.create(event))
    // A series whose first event was lost would count without anyone seeing it.
    send(create, () => forget(one))
  }

  const update = (one: Series): void => {
    one.cancel?.()
    delete one.cancel
    const patch = async (): Promise<void> => {
      // The series is forgotten when its event was dropped.
      if (!one.event) return
      const observed = { count: one.count, lastObservedTime: microTime(timers.now()) }
      one.event = await resource.patch(one.event, { series: observed })
    }
    // The Event was deleted, or changed by someone else: the next occurrence makes a new one.
    send(patch, () => forget(one))
  }

  const repeat = (one: Series): void => {
    one.count += 1
    one.cancel ??= timers.after(updateMs, () => update(one))
  }

  const record: Recorder['record'] = (regarding, happening) => {
    forgetOld()
    const about = [regarding.uid, happening.type, happening.reason].join('\n')
    const similar = [...series.keys()].filter(key => key.startsWith(`${about}\n`)).length
    const exact = series.get(`${about}\n${happening.message}`)
    if (exact) return repeat(exact)
    if (similar < maxMessages) return begin(`${about}\n${happening.message}`, regarding, happening)
    const combined = series.get(`${about}\n`)
    if (combined) return repeat(combined)
    begin(`${about}\n`, regarding, { ...happening, message: `(and more like it) ${happening.message}` })
  }

  return {
    record,
    drain: async (withinMs = drainMs) => {
      for (const one of series.values()) if (one.cancel) update(one)
      const sent = new AbortController()
      void tail.then(() => sent.abort())
      await pause(timers, withinMs, sent.signal)
    },
  }
}

type Moment = {
  /** With six digits after the second, as the API wants it. */
  time: string
  /** Sorts like the time. */
  key: string
}

// Each later than the one before, even within a millisecond or after the clock was set back.
function momentsOf(timers: Timers): () => Moment {
  let micros = 0
  return () => {
    micros = Math.max(micros + 1, timers.now().getTime() * 1000)
    const at = microTime(new Date(Math.floor(micros / 1000)))
    return { time: at.replace(/...Z$/, `${String(micros % 1000).padStart(3, '0')}Z`), key: micros.toString(16) }
  }
}

type Occurrence = { regarding: Regarding; happening: Happening; at: Moment }

// `kubectl describe` sorts by lastTimestamp, which Events of this API do not have, so it prints them by name. Other
// readers sort by eventTime.
function eventOf({ reportingController, reportingInstance }: Options, { regarding, happening, at }: Occurrence) {
  const name = `${regarding.name.slice(0, 200)}.${at.key}.${randomBytes(4).toString('hex')}`
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name, namespace: regarding.namespace },
    eventTime: at.time,
    reportingController,
    reportingInstance: reportingInstance.slice(0, 128),
    action: 'Reconcile',
    regarding,
    type: happening.type,
    reason: happening.reason,
    note: cut(happening.message),
  }
}

// Cut between characters, because half a character would be refused.
function cut(message: string): string {
  const bytes = Buffer.from(message)
  if (bytes.length <= maxNoteBytes) return message
  return `${new TextDecoder().decode(bytes.subarray(0, maxNoteBytes - 6)).replace(/\uFFFD$/, '')}…`
}
