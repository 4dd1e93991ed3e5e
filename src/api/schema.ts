// The part of a structural schema of Kubernetes that the kinds use.

/** A rule in CEL; `self` is the value that has it. */
export type SchemaRule = { rule: string; message?: string; messageExpression?: string }

/** A schema as a CRD writes it. */
export type Schema = {
  type: string
  properties?: Record<string, Schema>
  required?: readonly string[]
  items?: Schema
  enum?: readonly unknown[]
  pattern?: string
  minLength?: number
  maxLength?: number
  minItems?: number
  maxItems?: number
  minimum?: number
  maximum?: number
  'x-kubernetes-list-type'?: string
  'x-kubernetes-map-type'?: string
  'x-kubernetes-validations'?: readonly SchemaRule[]
}
