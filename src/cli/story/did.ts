// `hallpass did`: what the person of a request did on the granted resources while the access lasted.
import { readLogPlace } from '../../app/log-place.ts'
import { NotCovered } from '../../audit/not-covered.ts'
import { type Access, didDuring, type Places } from '../../audit/story/did.ts'
import { toDidJson, toDidTable } from '../../audit/story/did-rendering.ts'
import { recordingIn, unknownRecording } from '../../audit/story/recording.ts'
import type { GrantInForce } from '../../audit/access-report.ts'
import { grantsInForce, grantsInForceFromEntries } from '../../audit/who.ts'
import { printedJson } from '../../domain/json.ts'
import { printable } from '../../domain/text.ts'
import { tokenInFile } from '../access-token.ts'
import { answering, type Terminal } from '../terminal.ts'
import { openLogs } from '../who/logs.ts'
import { placeOf } from '../who/places.ts'
import { eventsOf, type RequestOptions, requestsNamed } from './history.ts'

export type DidOptions = RequestOptions & { in: readonly string[] }

/** Prints the calls, grouped by method. */
export async function printDid(name: string, options: DidOptions, terminal: Terminal): Promise<void> {
  await answering(async () => {
    const access = await accessOf(name, options, terminal)
    const places =
      options.in.length > 0 ? options.in : [...new Set(access.resources.flatMap(one => placeOf(one) ?? []))]
    if (places.length === 0)
      throw new NotCovered("It is not known in which project's audit log to look. Name it with --in projects/PROJECT.")
    const { tokenFile } = options
    const reader = await openLogs(tokenFile === undefined ? {} : { tokenFile }, terminal)
    const recordingOf = recordings(access, options, terminal)
    const did = await didDuring(reader, access, { places, recordingOf })
    terminal.out(options.output === 'json' ? printedJson(toDidJson(did)) : printable(toDidTable(did)))
  })
}

/** What the request gave, from its first instant to its last until now. */
async function accessOf(name: string, options: DidOptions, terminal: Terminal): Promise<Access> {
  const grants = await grantsOf(name, options, terminal)
  const [first] = grants
  if (!first) throw new NotCovered(`The request "${name}" gave no access.`)
  if (grants.some(({ uid }) => uid !== first.uid))
    throw new NotCovered(
      `There are several requests "${name}", of more than one cluster or namespace: write namespace/name.`,
    )
  const now = terminal.now()
  const until = new Date(Math.min(now.getTime(), Math.max(...grants.map(grant => grant.until.getTime()))))
  const from = new Date(Math.min(...grants.map(grant => grant.from.getTime())))
  if (from >= until) throw new NotCovered(`The access of the request "${name}" has not begun.`)
  return {
    request: name,
    person: first.person,
    resources: [...new Set(grants.map(({ resource }) => resource))],
    from,
    until,
  }
}

async function grantsOf(name: string, options: DidOptions, terminal: Terminal): Promise<GrantInForce[]> {
  const ever = { at: new Date(0), to: new Date('9999-01-01T00:00:00Z') }
  const log = options.log ?? readLogPlace(terminal.environment).auditLog
  const source = options.source ?? (log === undefined ? 'cluster' : 'logging')
  if (source === 'cluster') {
    const requests = await requestsNamed(name, options, terminal)
    return (await grantsInForce(each(requests), ever)).grants
  }
  const events = await eventsOf(name, source, { ...options, ...(log && { log }) }, terminal)
  return (await grantsInForceFromEntries(events, ever)).grants
}

async function* each<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items
}

/** What the policies say about Data Access logs, read with the caller's own rights. A view has no policy that says it. */
function recordings({ person }: Access, { tokenFile }: DidOptions, terminal: Terminal): Places['recordingOf'] {
  const token = tokenFile === undefined ? undefined : tokenInFile(tokenFile)
  return async place => {
    try {
      // Imported here, so that other commands need not load Google's clients.
      const { callerPolicies } = await import('../../app/policies.ts')
      const read = await callerPolicies({ place: readLogPlace(terminal.environment), token })
      return recordingIn(await read(place), { place, person })
    } catch {
      return unknownRecording(place)
    }
  }
}
