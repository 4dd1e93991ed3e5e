// The last check before a policy is written by somebody who may only take out: it must be the policy that was read, with
// fewer of one request's bindings and nothing else.
import { canonicalJson } from '../json.ts'
import type { Binding, Policy } from './policy.ts'

/**
 * Whether `after` is `before` without some bindings of this title and one member each. Order and content of all others,
 * the etag and every other field must be the same; the version must be 3.
 */
export function isOnlyLess(before: Policy, after: Policy, title: string): boolean {
  const { bindings: had = [], version: _before, ...rest } = before
  const { bindings: has = [], version, ...other } = after
  if (version !== 3 || !rest.etag || canonicalJson(rest) !== canonicalJson(other)) return false
  const left = has.map(binding => canonicalJson(binding))
  const missing = had.filter(binding => {
    if (left[0] !== canonicalJson(binding)) return true
    left.shift()
    return false
  })
  return left.length === 0 && missing.every(binding => isTitled(binding, title))
}

function isTitled({ condition, members }: Binding, title: string): boolean {
  return condition?.title === title && members?.length === 1
}
