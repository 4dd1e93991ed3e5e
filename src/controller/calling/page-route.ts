// What PagerDuty says about a mapping's route: whether the service that is paged reaches the people on call.
import type { RoleMapping } from '../../api/kinds.ts'
import { Broken, Refused, Waiting } from '../../domain/outcome.ts'
import type { PageRoute } from '../../domain/calling/paging.ts'
import type { OnCall } from '../../domain/ports.ts'

type Known = { onCall: Pick<OnCall, 'services'>; pageRoutes: readonly PageRoute[] }

/** A remark when the route pages another service than those of the people on call; none when that is not known. */
export async function remarksOnRoute({ onCall, pageRoutes }: Known, { spec }: RoleMapping): Promise<string[]> {
  const { page, onCall: of } = spec.approval
  const service = pageRoutes.find(({ name }) => name === page?.route)?.service
  if (!page || !service || !of) return []
  const services = await onCall.services(of).catch(unknown)
  if (!services || services.includes(service)) return []
  return [
    `The route "${page.route}" pages the service "${service}", which does not page by ${of.escalationPolicy ? `escalation policy "${of.escalationPolicy}"` : `schedule "${of.schedule}"`}, so others than the people on call may be paged.`,
  ]
}

// While PagerDuty does not answer, or the key may not read it, nothing is said.
function unknown(error: unknown): undefined {
  if (!(error instanceof Broken || error instanceof Waiting || error instanceof Refused)) throw error
}
