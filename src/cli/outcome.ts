// How a command ended, as an exit code and a sentence on stderr. A stack is printed only for bugs in Hallpass.
import { CommanderError } from 'commander'
import { ClusterUnreachable } from '../app/cluster-unreachable.ts'
import { ConfigFault } from '../app/config-fault.ts'
import { Broken, Refused, Waiting } from '../domain/outcome.ts'
import { printable } from '../domain/text.ts'
import { Ended, EndedBy } from './ended.ts'
import { createProgram } from './program.ts'
import { exitCodes, type Terminal } from './terminal.ts'

/** Runs one command line (without node and the file) to its end. Returns the exit code; never rejects. */
export async function runCommand(words: readonly string[], terminal: Terminal): Promise<number> {
  try {
    await createProgram(terminal).parseAsync(words, { from: 'user' })
    return exitCodes.done
  } catch (error) {
    // Commander has already printed what was wrong; help and version are not errors.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage
    if (error instanceof Ended) return error.code
    terminal.err(`hallpass: ${printable(say(error instanceof EndedBy ? error.cause : error))}\n`)
    if (error instanceof EndedBy) return error.code
    if (error instanceof ConfigFault) return exitCodes.usage
    return error instanceof ClusterUnreachable ? exitCodes.unreachable : exitCodes.failed
  }
}

function say(error: unknown): string {
  if (error instanceof Refused && error.refusal.reason === 'NotPermitted')
    return `${error.message} Ask for the role hallpass-view, or name namespaces that you may read with --namespace.`
  const isWorded = [Refused, Waiting, Broken, ConfigFault, ClusterUnreachable].some(kind => error instanceof kind)
  if (isWorded) return (error as Error).message
  return error instanceof Error ? error.message : String(error)
}
