// Refused attempts that gateway and auth have counted in a request, as audit events: the first few, and then each time that
// their number has doubled, so that nobody can fill the log by trying repeatedly. Pure.
import type { AccessRequest, RequestStatus } from '../../api/kinds.ts'
import { isReason } from '../refusals.ts'
import type { NewEvent } from './audit.ts'

/** Each of the first attempts is told. */
const toldSingly = 3

type Attempts = Pick<RequestStatus, 'attempts' | 'attemptsLogged'>

/** How many attempts the next event says there were; undefined when none is due. */
export function attemptsDue({ attempts, attemptsLogged = 0 }: Attempts): number | undefined {
  const count = attempts?.count ?? 0
  const isDue = count > attemptsLogged && (attemptsLogged < toldSingly || count >= attemptsLogged * 2)
  return isDue ? count : undefined
}

/** The event about the newest attempt. Only what Google said about who tried is the actor: texts of others are not. */
export function attemptRefused({ status = {} }: Pick<AccessRequest, 'status'>): Omit<NewEvent, 'at'> {
  const { count = 0, last = [] } = status.attempts ?? {}
  const { who, why = '', at } = last.at(-1) ?? {}
  const [named = ''] = why.split(':')
  const reason = isReason(named) ? named : undefined
  const times = count === 1 ? '' : ` ${count} attempts were refused so far.`
  return {
    event: 'AttemptRefused',
    actor: who,
    message: `An attempt was refused${reason ? ` (${reason})` : ''}.${times}`,
    details: { reason, at, count: String(count) },
  }
}
