// The form of what this version ships, which npm run generate derives from crds/ and deploy/base.
import type { Process } from './check.ts'
import type { PolicyRule } from './rules.ts'

/** The three kinds of namespaces. */
export type Place = 'requests' | 'tokens' | 'system'

export type Shipped = {
  /** The digest of each field of a kind. */
  kinds: Readonly<Record<'accessrequests' | 'rolemappings', Readonly<Record<string, string>>>>
  /** The digest of each admission policy, and of each binding. */
  policies: Readonly<Record<string, string>>
  bindings: Readonly<Record<string, string>>
  /** What each process may do in RBAC, by the namespace. */
  rights: Readonly<Record<Process, Readonly<Record<Place, readonly PolicyRule[]>>>>
}
