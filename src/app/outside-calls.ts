// Counts the calls of the ports to other services by how they ended, and shows how full the policies are that they return. The ports stay as they are, so that no adapter and no
// rule knows of metrics.
import type { CallOutcome, OutsideService } from '../domain/audit/metric-labels.ts'
import type { hallpassMetrics } from '../domain/audit/metrics.ts'
import { Refused, Waiting } from '../domain/outcome.ts'
import type { Told } from '../domain/granting/policies-seen.ts'
import type { Metrics } from '../kube/metrics.ts'

type Counting = { service: OutsideService; metrics: Metrics<typeof hallpassMetrics> }

/** The same port, counted. A port inside it is counted too; what answers at once asks nobody and is not counted. */
export function counted<Port extends object>(port: Port, counting: Counting): Port {
  return new Proxy(port, {
    get: (target, property) => {
      const value: unknown = Reflect.get(target, property)
      if (typeof value === 'object' && value !== null) return counted(value, counting)
      if (typeof value !== 'function') return value
      return (...args: unknown[]): unknown => {
        const answer: unknown = Reflect.apply(value, target, args)
        if (answer instanceof Promise) void answer.then(...ends(counting))
        return answer
      }
    },
  })
}

function ends({ service, metrics }: Counting): [() => void, (error: unknown) => void] {
  const count = (outcome: CallOutcome): void => metrics.count('hallpass_outside_calls_total', { service, outcome })
  return [() => count('ok'), error => count(outcomeOf(error))]
}

function outcomeOf(error: unknown): CallOutcome {
  if (error instanceof Refused) return 'refused'
  return error instanceof Waiting ? 'waiting' : 'broken'
}

/** Sets the gauges of how full a policy is, and of what has expired in it. */
export function toldOfPolicies(metrics: Metrics<typeof hallpassMetrics>): Told {
  return {
    use: (labels, part) => metrics.gauge('hallpass_policy_used_ratio', part, labels),
    leftovers: (labels, count) => metrics.gauge('hallpass_policy_leftovers', count, labels),
  }
}
