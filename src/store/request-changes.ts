// The changes of one request: a separate watch, for as long as somebody waits for it. It keeps nothing in memory.
import type { AccessRequest } from '../api/kinds.ts'
import type { RequestChanges } from '../domain/ports.ts'
import { createResource } from '../kube/resource.ts'
import type { Transport } from '../kube/transport.ts'
import { watchEvents } from '../kube/watch.ts'
import { requestKind } from './requests.ts'

/** The API server ends a watch after this long even if our end of it gets lost. */
const timeoutSeconds = 30

/** Watches through the API server, beginning after exactly the version that was seen. */
export function createRequestChanges({ transport }: { transport: Transport }): RequestChanges {
  const resource = createResource<AccessRequest>(transport, requestKind)
  return {
    async *after({ metadata: { namespace, name, resourceVersion } }, signal) {
      const query = { watch: true, fieldSelector: `metadata.name=${name}`, resourceVersion, timeoutSeconds }
      const path = resource.path(namespace)
      try {
        const body = await transport.stream(path, query, signal)
        for await (const { type, object } of watchEvents<AccessRequest>(path, body)) {
          if (type === 'DELETED') return
          if (type !== 'BOOKMARK') yield object
        }
      } catch {
        // A watch that broke or could not be opened has nothing more to tell; the transport has counted and logged it.
      }
    },
  }
}
