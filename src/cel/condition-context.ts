// The attributes of a call that a condition can use, as IAM documents them
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

/** A call as a condition sees it. A condition that uses a missing attribute cannot be evaluated and never grants. */
export type ConditionContext = {
  at: Date
  attributes: Readonly<Partial<Record<AttributeName, string | number | readonly string[]>>>
  /**
   * API attributes, such as the roles that a setIamPolicy changes; for a missing one the condition's own default is
   * used.
   */
  api?: Readonly<Record<string, string | readonly string[]>>
  tags?: readonly Tag[]
  /** The load balancing scheme of the forwarding rule that the call creates; undefined when it does not create one. */
  forwardingRule?: string
}
