// `hallpass trial`: checks the assumptions about the real services on throwaway resources, and writes the report after each
// of them. It never prints a token.
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Config, readConfig } from '../../app/config.ts'
import { silenceLibraries } from '../../app/environment.ts'
import type { Exchange, TrialServices } from '../../app/trial.ts'
import { printable } from '../../domain/text.ts'
import type { Secret } from '../../domain/secret.ts'
import type { Terminal } from '../terminal.ts'
import type { Assumption } from './assumption.ts'
import {
  chosen,
  createReport,
  placesOf,
  readToken,
  requireOwnToken,
  requireThrowaway,
  type TrialOptions,
} from './begin.ts'
import { type Header, isGreen, summaryOf, titles, toMarkdown } from './report.ts'
import { type Consent, type Result, type Running, runTrial } from './runner.ts'
import { readTyped, type Typed } from './typed.ts'

/** Runs the trial. Rejects when something differs, is unclear or could not be undone; the report says what. */
export async function trial(options: TrialOptions, terminal: Terminal): Promise<void> {
  const config = readConfig('all', terminal.environment)
  const list = chosen(options.only)
  const places = placesOf(options, config)
  const stopped = terminal.untilStopped()
  const typed = readTyped(terminal, stopped)
  try {
    const token = await readToken(options.tokenFile, typed)
    await requireThrowaway(places, options, typed)
    const id = randomBytes(4).toString('hex')
    const header = { id, startedAt: terminal.now(), places, isSimulated: config.sandbox !== undefined }
    const { services, takeExchanges } = await open(config, token)
    await requireOwnToken(services, places.person, terminal)
    createReport(options.report, toMarkdown(header, []))
    const running = runningOf({ header, services, options, terminal, typed, stopped })
    const results = await runTrial(list, { ...running, takeExchanges })
    terminal.out(`${summaryOf(results)}. The report is in ${options.report}.\n`)
    if (!isGreen(results)) throw new Error(whyRed(results))
  } finally {
    typed.close()
  }
}

// Imported here, so that other commands need not load every adapter.
async function open(
  config: Config,
  token: Secret,
): Promise<{ services: TrialServices; takeExchanges: () => Exchange[] }> {
  silenceLibraries()
  const { useProxies } = await import('../../app/proxies.ts')
  useProxies()
  const { openTrial } = await import('../../app/trial.ts')
  const exchanges: Exchange[] = []
  const services = openTrial({ config, token, note: exchange => void exchanges.push(exchange) })
  return { services, takeExchanges: () => exchanges.splice(0) }
}

type Facts = {
  header: Header
  services: TrialServices
  options: TrialOptions
  terminal: Terminal
  typed: Typed
  stopped: AbortSignal
}

function runningOf({ header, services, options, terminal, typed, stopped }: Facts): Omit<Running, 'takeExchanges'> {
  const { pause = sleepFor } = terminal
  const results: Result[] = []
  const yesOrNo = async (question: string): Promise<string> => (await typed.line(question)).toLowerCase()
  return {
    isAttended: !options.yes,
    trial: {
      id: header.id,
      places: header.places,
      services,
      now: () => terminal.now(),
      pause: async seconds => pause(seconds * 1000, stopped),
      ask: async question => /^y(es)?$/.test(await yesOrNo(`${question} [y/n]`)),
      tell: sentence => terminal.err(`${sentence}\n`),
      stopped,
    },
    consent: async (assumption, number) =>
      options.yes ? 'yes' : consentIn(await yesOrNo(`${number} ${assumption.id}: ${questionOf(assumption)}`)),
    onResult: (result, number) => {
      results.push(result)
      writeFileSync(options.report, toMarkdown(header, results))
      terminal.err(`${printable(lineOf(result, number))}\n`)
    },
  }
}

function questionOf({ says, changes }: Assumption): string {
  return `${says}\n  To check it, the trial ${changes ?? 'changes nothing'}. Go on? [y]es, [n]o, [s]top:`
}

// Everything but a clear yes changes nothing.
function consentIn(typed: string): Consent {
  if (/^y(es)?$/.test(typed)) return 'yes'
  return /^s(top)?$/.test(typed) ? 'stop' : 'no'
}

function lineOf({ assumption, verdict, why, parts, left }: Result, number: number): string {
  const odd = parts.filter(({ isSame }) => !isSame)
  const said = odd.map(({ what, expected, came }) => `${what}: expected "${expected}", came "${came}"`)
  const details = [...said, ...(why ? [why] : []), ...left.map(what => `NOT UNDONE: ${what}`)]
  return [`${number} ${assumption.id}: ${titles[verdict]}`, ...details].join('; ')
}

function whyRed(results: readonly Result[]): string {
  const ids = (verdict: string): string[] =>
    results.filter(result => result.verdict === verdict).map(({ assumption }) => assumption.id)
  const left = results.flatMap(result => result.left)
  return [
    ids('different').length > 0 && `These assumptions are wrong: ${ids('different').join(', ')}.`,
    ids('unclear').length > 0 && `These could not be checked: ${ids('unclear').join(', ')}.`,
    ids('notReached').length > 0 && 'The trial was stopped before its end.',
    left.length > 0 && `Remove by hand: ${left.join('; ')}.`,
  ]
    .filter(Boolean)
    .join(' ')
}

async function sleepFor(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal })
}
