// The fault of a cluster that does not answer. It is apart from what connects to one, so that a file which only names it loads
// nothing more.

/** No API server answered. */
export class ClusterUnreachable extends Error {
  override readonly name = 'ClusterUnreachable'
}
