// Prints what a person did, for people and for programs.
import { instant } from '../../domain/asking/duration.ts'
import { aligned, count, counted, linesOf } from '../columns.ts'
import { sayInstant } from '../rendering.ts'
import type { Did } from './did.ts'

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
  dataAccess: Did['dataAccess']
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
    dataAccess,
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
    ...dataAccess
      .filter(({ isSeen }) => !isSeen)
      .map(
        ({ place }) =>
          `Data Access logs of ${place}: none was seen in that time, of anybody. They may be off, or you may lack roles/logging.privateLogViewer, so reads and writes of data may be missing above: silence is not idleness.`,
      ),
    'Only what Google records in audit logs, under this address: what a person did through a service account, in a database or on a machine is not in them.',
  ]
}

function sayAt(at: string): string {
  return at.slice(0, 19).replace('T', ' ')
}
