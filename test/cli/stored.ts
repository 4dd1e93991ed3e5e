// Requests that were granted, in a real API server: what commands that compare policies with the cluster read.
import type { AccessRequest, GrantSpec } from '../../src/api/kinds.ts'
import { createResource } from '../../src/kube/resource.ts'
import { requestKind } from '../../src/store/requests.ts'
import { request } from '../builders/history.ts'
import type { Cluster } from '../cluster.ts'

/** Stores a request for Dana with these grants, written at noon and until half past. */
export async function storeGranted(
  { transport }: Pick<Cluster, 'transport'>,
  name: string,
  grants: readonly GrantSpec[],
): Promise<AccessRequest> {
  const { apiVersion, kind, spec, status } = request({}, { name })
  const requests = createResource<AccessRequest>(transport, requestKind)
  const metadata = { name, namespace: 'hallpass' }
  const created = await requests.create({ apiVersion, kind, metadata, spec: { ...spec, grants } } as never)
  // Only the controller may say in which phase a request is.
  const { phase: _, ...rest } = status ?? {}
  const written = grants.map(({ resource, role }) => ({ resource, role, state: 'Written' as const }))
  return requests.patch(created, { status: { ...rest, grants: written } }, 'status')
}
