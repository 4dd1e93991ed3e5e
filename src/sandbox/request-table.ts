// The table of requests exactly as `kubectl get accessrequests` prints it: the API server makes it from the kind's own
// columns.
import { group, version } from '../api/kinds.ts'
import type { Transport } from '../kube/transport.ts'
import type { RequestTable } from './page/state.ts'
import { namespace } from './world.ts'

/** As many of the newest requests are shown. */
const mostShown = 50

type ServerTable = {
  columnDefinitions: { name: string; priority: number }[]
  rows: { cells: unknown[]; object: { metadata: { name: string; creationTimestamp: string } } }[]
}

/** The newest requests first. Columns that kubectl shows only with `-o wide` are left out. */
export async function requestTable(transport: Transport): Promise<RequestTable> {
  const { columnDefinitions, rows } = await transport.request<ServerTable>({
    method: 'GET',
    path: `/apis/${group}/${version}/namespaces/${namespace}/accessrequests`,
    accept: 'application/json;as=Table;g=meta.k8s.io;v=v1',
    query: { includeObject: 'Metadata' },
  })
  const shown = columnDefinitions.flatMap(({ name, priority }, at) => (priority === 0 ? [{ name, at }] : []))
  return {
    columns: shown.map(({ name }) => name),
    rows: rows
      .toSorted((a, b) => createdAt(b).localeCompare(createdAt(a)))
      .slice(0, mostShown)
      .map(({ cells }) => shown.map(({ at }) => sayCell(cells[at]))),
  }
}

function createdAt({ object }: ServerTable['rows'][number]): string {
  return object.metadata.creationTimestamp
}

function sayCell(cell: unknown): string {
  return typeof cell === 'string' || typeof cell === 'number' ? String(cell) : ''
}
