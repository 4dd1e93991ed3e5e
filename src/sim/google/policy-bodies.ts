// The bodies of calls about IAM policies (google/iam/v1/iam_policy.proto, google/iam/v1/policy.proto).
import { z } from 'zod'
import type { Binding } from './types.ts'

const condition = z.strictObject({
  title: z.string().optional(),
  description: z.string().optional(),
  expression: z.string().optional(),
  location: z.string().optional(),
})
const binding = z.strictObject({
  role: z.string(),
  members: z.array(z.string()).default([]),
  condition: condition.nullish(),
})
const auditConfig = z.strictObject({
  service: z.string().optional(),
  auditLogConfigs: z
    .array(z.strictObject({ logType: z.string().optional(), exemptedMembers: z.array(z.string()).optional() }))
    .optional(),
})
const policy = z.strictObject({
  version: z.number().int().default(0),
  etag: z.string().optional(),
  bindings: z.array(binding).default([]),
})
const withAuditConfigs = policy.extend({ auditConfigs: z.array(auditConfig).optional() })

/** The written policy as a call has it. */
export type Proposed = z.infer<typeof withAuditConfigs>

/** `{policy, updateMask}` of an API that takes a mask. */
export const masked = z.strictObject({ policy: withAuditConfigs, updateMask: z.string().optional() })
/** The same without a mask. */
export const unmasked = z.strictObject({ policy: withAuditConfigs })
/** The same where policies have no audit configs. */
export const unaudited = z.strictObject({ policy })
/** Of Cloud Storage: the policy itself, with two fields that are ignored. */
export const bare = policy.extend({ kind: z.literal('storage#policy').optional(), resourceId: z.string().optional() })

export const readBody = z.strictObject({
  options: z.strictObject({ requestedPolicyVersion: z.number().int().optional() }).optional(),
})
export const testBody = z.strictObject({ permissions: z.array(z.string()).default([]) })
export const noBody = z.strictObject({})

/** A binding without the parts of its condition that say nothing. */
export function plain({ role, members, condition: found }: z.infer<typeof binding>): Binding {
  if (!found) return { role, members }
  const given = Object.entries(found).filter(([, value]) => value !== undefined && value !== '')
  return { role, members, condition: Object.fromEntries(given) }
}
