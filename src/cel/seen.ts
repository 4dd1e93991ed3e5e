// What a condition can see of a call, by the attributes that IAM documents
// (https://cloud.google.com/iam/docs/conditions-attribute-reference).

/** Attributes that conditions in allow policies may use, besides the time. */
export type AttributeName =
  | 'resource.name'
  | 'resource.type'
  | 'resource.service'
  | 'request.auth.access_levels'
  | 'request.host'
  | 'request.path'
  | 'destination.ip'
  | 'destination.port'

export type Tag = { key: string; keyId: string; value: string; valueId: string }

/** A call as a condition sees it. An attribute that is missing cannot be evaluated, and that never grants. */
export type Seen = {
  at: Date
  attributes: Readonly<Partial<Record<AttributeName, string | number | readonly string[]>>>
  /** API attributes, such as the roles that a setIamPolicy changes; a missing one has the condition's own default. */
  api?: Readonly<Record<string, string | readonly string[]>>
  tags?: readonly Tag[]
  /** The load balancing scheme of the forwarding rule that the call creates; undefined when it creates none. */
  forwardingRule?: string
}
