// `hallpass doctor`: what is wrong in an installation, with what corrects it. It changes nothing.
import { type Command, InvalidArgumentError, Option } from 'commander'
import { silenceLibraries } from '../../app/environment.ts'
import { Ended } from '../ended.ts'
import { answering, type Terminal } from '../terminal.ts'
import { doctorAnswer } from './text.ts'

const names = ['gateway', 'auth', 'controller', 'all'] as const
type Options = { output: 'text' | 'json'; timeout: number }

const help = `
Examples:
  HALLPASS_CONFIG=config.yaml HALLPASS_SECRETS=secrets hallpass doctor controller
  kubectl -n hallpass-system logs job/hallpass-doctor-controller

It needs the settings and secrets of the process that it examines, and asks as that process: in a
pod by its service account (deploy/doctor), elsewhere by impersonation, for which your kubeconfig
needs the right. Writes are only tried as dry runs. docs/doctor.md lists what is asked.

JSON (schema "hallpass/doctor/v1"; fields are only ever added):
  process, result, notAsked (ids), and rows, a list of id, component, process, asks, result (ok,
  wrong or unknown), says, remedy (or null).

Exit codes:
  0  everything is as it should be
  1  something is wrong, whatever else could not be known
  2  nothing is wrong as far as is known, and something could not be known; or the arguments are wrong
`

/** Exit codes by the worst result. */
const codes = { ok: 0, wrong: 1, unknown: 2 } as const

/** Adds the command. */
export function addDoctor(program: Command, terminal: Terminal): void {
  program
    .command('doctor')
    .description('say what is wrong in an installation and what corrects it, and change nothing')
    .addArgument(
      program
        .createArgument('[process]', 'whose installation')
        .choices([...names])
        .default('all'),
    )
    .addOption(
      new Option('--timeout <seconds>', 'the longest time for one question').argParser(parseSeconds).default(20),
    )
    .addOption(new Option('-o, --output <form>', 'output format').choices(['text', 'json']).default('text'))
    .addHelpText('after', help)
    .action(async (name: (typeof names)[number], options: Options) => answering(() => doctor(name, options, terminal)))
}

async function doctor(
  of: (typeof names)[number],
  { output, timeout }: Options,
  { environment, places, now, out, err }: Terminal,
): Promise<void> {
  silenceLibraries()
  // Imported here, so that other commands need not load every adapter.
  const { useProxies } = await import('../../app/proxies.ts')
  useProxies()
  const { examine, worstOf } = await import('../../app/doctor/examine.ts')
  const progress = (line: string): void => err(`${line}\n`)
  const examined = await examine({ of, environment, places, clock: { now }, withinMs: timeout * 1000, progress })
  const result = worstOf(examined.rows)
  out(doctorAnswer({ ...examined, process: of, result }, output))
  if (result !== 'ok') throw new Ended(codes[result])
}

function parseSeconds(text: string): number {
  const seconds = Number(text)
  if (Number.isFinite(seconds) && seconds > 0 && seconds <= 600) return seconds
  throw new InvalidArgumentError('It is not a number of seconds from 1 to 600.')
}
