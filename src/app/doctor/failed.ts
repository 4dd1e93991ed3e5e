// What a failure means for a check: only its class decides, and no text that nobody has written for people is shown.
import { Broken, Refused, Waiting } from '../../domain/outcome.ts'
import { entryOf } from '../../domain/refusals.ts'
import { ApiError } from '../../kube/api-error.ts'
import { ClusterUnreachable } from '../cluster-unreachable.ts'
import { type Found, unknown, wrong } from './check.ts'

const again = 'Type the command again. If it stays, check the network and the proxy of this process.'

/** A refusal is something that a person must change. Everything else may pass, so nothing is known. */
export function foundOf(error: unknown): Found {
  if (error instanceof Refused) {
    const { says, remedy } = parted(error.message)
    return wrong(says, remedy ?? entryOf(error.refusal.reason).remedy)
  }
  if (error instanceof Waiting || error instanceof Broken || error instanceof ClusterUnreachable) {
    const { says, remedy = again } = parted(error.message)
    return unknown(says, remedy)
  }
  if (error instanceof ApiError) return foundOfApi(error)
  return unknown(`The check failed in a way that nobody expected (${kindOf(error)}).`, again)
}

function foundOfApi({ status, reason }: ApiError): Found {
  if (status === 0) return unknown('The API server does not answer.', again)
  if (status === 403)
    return unknown(
      'The API server does not let this identity ask (403).',
      "Run the doctor with an administrator's kubeconfig.",
    )
  return unknown(`The API server answered ${status} (${reason}).`, again)
}

/** The first sentence, and what follows it: our messages say first what is wrong, and then what to do. */
export function parted(message: string): { says: string; remedy?: string } {
  const [says = message, ...rest] = message.split(/(?<=\.) (?=[A-Z])/)
  return { says, ...(rest.length > 0 && { remedy: rest.join(' ') }) }
}

function kindOf(error: unknown): string {
  return error instanceof Error && /^[A-Za-z]{1,40}$/.test(error.name) ? error.name : 'no error'
}
