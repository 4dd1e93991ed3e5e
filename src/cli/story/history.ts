// `hallpass history` and `hallpass did`: one request as a story, and what was done with its access. Both only read.
import { openCluster } from '../../app/cluster.ts'
import { readLogPlace } from '../../app/log-place.ts'
import type { AccessRequest } from '../../api/kinds.ts'
import type { LoggedEvent } from '../../audit/log-entries.ts'
import { quoted } from '../../audit/log-filters.ts'
import { NotCovered } from '../../audit/not-covered.ts'
import { toHistoryJson, toHistoryText } from '../../audit/story/rendering.ts'
import { storiesOf, type Story, storyFromCluster } from '../../audit/story/story.ts'
import { printedJson } from '../../domain/json.ts'
import { printable } from '../../domain/text.ts'
import { createRequests } from '../../store/requests.ts'
import { Ended } from '../ended.ts'
import { loggedEvents } from '../logged-events.ts'
import { answerCodes, answering, type Terminal } from '../terminal.ts'

export type RequestOptions = {
  /** `cluster`, `logging` or a file; the log if it is known, and otherwise the cluster. */
  source?: string
  log?: string
  tokenFile?: string
  namespace: readonly string[]
  output: 'table' | 'json'
}

/** Prints the story of a request. Ends with the exit code for a difference when its events do not fit together. */
export async function printHistory(name: string, options: RequestOptions, terminal: Terminal): Promise<void> {
  await answering(async () => {
    const stories = await storiesFrom(name, options, terminal)
    terminal.out(options.output === 'json' ? printedJson(toHistoryJson(stories)) : printable(toHistoryText(stories)))
    if (stories.some(({ faults }) => faults.length > 0)) throw new Ended(answerCodes.different)
  })
}

async function storiesFrom(name: string, options: RequestOptions, terminal: Terminal): Promise<Story[]> {
  const log = options.log ?? readLogPlace(terminal.environment).auditLog
  const source = options.source ?? (log === undefined ? 'cluster' : 'logging')
  if (source === 'cluster') return (await requestsNamed(name, options, terminal)).map(storyFromCluster)
  const stories = await storiesOf(await eventsOf(name, source, { ...options, ...(log && { log }) }, terminal))
  if (stories.length === 0) throw new NotCovered(`The log has no events of a request "${name}". ${whereElse}`)
  return stories
}

const whereElse = 'Check its name, and that the log reaches back to it.'

/** The events of the request with this name, or `namespace/name`. */
export async function eventsOf(
  name: string,
  source: string,
  { log, tokenFile }: RequestOptions,
  terminal: Terminal,
): Promise<AsyncIterable<LoggedEvent>> {
  const terms = ['timestamp>="2020-01-01T00:00:00Z"', `jsonPayload.request.name=${quoted(name.replace(/^.*\//, ''))}`]
  return only(await loggedEvents({ source, log, tokenFile, terms }, terminal), name)
}

async function* only(events: AsyncIterable<LoggedEvent>, name: string): AsyncGenerator<LoggedEvent> {
  for await (const event of events)
    if ([event.request, `${event.namespace}/${event.request}`].includes(name)) yield event
}

/** The requests of the cluster with this name. Throws NotCovered without one. */
export async function requestsNamed(
  name: string,
  { namespace }: Pick<RequestOptions, 'namespace'>,
  terminal: Terminal,
): Promise<AccessRequest[]> {
  const { transport } = await openCluster(terminal.places)
  try {
    const found: AccessRequest[] = []
    for await (const request of createRequests({ transport, clock: terminal }).all(namespace))
      if ([request.metadata.name, `${request.metadata.namespace}/${request.metadata.name}`].includes(name))
        found.push(request)
    if (found.length === 0)
      throw new NotCovered(
        `The cluster has no request "${name}". Finished ones are deleted after retainFor: name the log with --log projects/PROJECT/logs/hallpass.`,
      )
    return found
  } finally {
    await transport.close()
  }
}
