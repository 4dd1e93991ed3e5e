// Prints what a person did, for people and for programs.
import { instant } from '../../domain/asking/duration.ts'
import { aligned, count, counted, linesOf } from '../columns.ts'
import { sayInstant } from '../rendering.ts'
import type { DataAccess, Did } from './did.ts'

/** The shape of `hallpass did -o json`. Fields are only added. */
export type DidJson = {
  schema: 'hallpass/did/v1'
  request: string
  person: string
  resources: string[]
  from: string
  until: string
  calls: Did['calls']
  places: string[]
  filter: string
  dataAccess: { place: string; isSeen: boolean; recording: 'on' | 'partly' | 'off' | 'unknown' }[]
  notes: string[]
}

/** The answer as JSON. */
export function toDidJson(did: Did): DidJson {
  const { access, calls, places, filter, dataAccess } = did
  const { request, person, resources, from, until } = access
  return {
    schema: 'hallpass/did/v1',
    request,
    person,
    calls,
    places,
    filter,
    dataAccess: dataAccess.map(({ recording, ...seen }) => ({ ...seen, recording: recording.state })),
    resources: [...resources],
    from: instant(from),
    until: instant(until),
    notes: notesOf(did),
  }
}

const heading = ['METHOD', 'SERVICE', 'CALLS', 'REFUSED', 'FIRST', 'LAST', 'LOG']

/** The answer as a table with what it does not cover. */
export function toDidTable(did: Did): string {
  const { access, calls, places, filter } = did
  const { person, resources, from, until, request } = access
  const rows = calls.map(({ method, service, calls: made, refused, first, last, logs }) => {
    return [method, service, count(made), count(refused), sayAt(first), sayAt(last), logs.join(',')]
  })
  const total = calls.reduce((sum, one) => sum + one.calls, 0)
  return linesOf([
    `${person} on ${resources.join(', ')}, ${sayInstant(from)} to ${sayInstant(until)} UTC (${request})`,
    ...(rows.length > 0 ? aligned([heading, ...rows]) : []),
    `${counted(total, 'call')} of ${counted(calls.length, 'method')}.`,
    ...notesOf(did),
    `Asked: ${places.join(', ')}, with the filter`,
    `  ${filter}`,
  ])
}

function notesOf({ dataAccess }: Did): string[] {
  return [
    ...dataAccess.filter(({ isSeen, recording }) => !isSeen || recording.state !== 'on').map(silenceNote),
    'Only what Google records in audit logs, under this address: what a person did through a service account, in a database or on a machine is not in them.',
  ]
}

function silenceNote({ place, isSeen, recording: { state, says } }: DataAccess): string {
  const seen = isSeen ? 'some were seen in that time.' : 'none was seen in that time, of anybody.'
  if (state === 'on')
    return `Data Access logs of ${place}: ${seen} ${says} Either nobody read or wrote data there, or you lack roles/logging.privateLogViewer.`
  const lack = isSeen ? '' : ' Or you lack roles/logging.privateLogViewer.'
  return `Data Access logs of ${place}: ${seen} ${says}${lack} Reads and writes of data may be missing above: silence is not idleness.`
}

function sayAt(at: string): string {
  return at.slice(0, 19).replace('T', ' ')
}
