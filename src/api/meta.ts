// The parts of Kubernetes' object metadata that Hallpass reads and writes. Plain JSON as on the wire: instants are
// RFC 3339 strings.

/** Metadata of a stored object (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/). */
export interface ObjectMeta {
  name: string
  namespace: string
  uid: string
  resourceVersion: string
  creationTimestamp: string
  generation?: number
  deletionTimestamp?: string
  finalizers?: string[]
  labels?: Record<string, string>
  annotations?: Record<string, string>
}

/** A condition by the conventions of the Kubernetes API. */
export interface Condition {
  type: string
  status: 'True' | 'False' | 'Unknown'
  observedGeneration?: number
  lastTransitionTime: string
  reason: string
  message: string
}
