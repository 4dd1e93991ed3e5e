// The clock of this machine against those of the services: signatures, sign-ins and times of access depend on it.
import { Broken } from '../../domain/outcome.ts'
import { withoutSlash } from '../../google/transport.ts'
import { type Check, type Found, type Installation, ok, processes, unknown, wrong } from './check.ts'
import { whoAmI } from './identity.ts'

/** Services send whole seconds, and an answer takes a moment. Slack's signatures count for five minutes. */
const mostSecondsOff = 30

type Source = Pick<Check, 'id' | 'of'> & {
  whose: string
  /** The time there, and nothing for an answer without one. */
  time: (installation: Installation) => Promise<Date | undefined>
}

const sources: readonly Source[] = [
  {
    id: 'clock-api-server',
    of: processes,
    whose: 'the API server',
    time: async installation => (await whoAmI((await installation.cluster()).transport)).at,
  },
  {
    id: 'clock-google',
    of: ['auth', 'controller'],
    whose: 'Google',
    time: ({ config, withinMs }) =>
      dateOf(`${withoutSlash(config.sandbox?.google ?? 'https://www.googleapis.com')}/oauth2/v1/certs`, {
        whose: 'Google',
        withinMs,
      }),
  },
  {
    id: 'clock-slack',
    of: ['gateway', 'controller'],
    whose: 'Slack',
    time: ({ config, withinMs }) =>
      dateOf(`${config.sandbox?.slack ?? 'https://slack.com/api/'}api.test`, { whose: 'Slack', withinMs }),
  },
]

const checkOf = ({ id, of, whose, time }: Source): Check => ({
  id,
  of,
  component: 'clock',
  asks: `Is the clock of this machine that of ${whose}?`,
  look: async installation => {
    const before = installation.clock.now().getTime()
    const there = await time(installation)
    if (!there) return unknown(`The answer of ${whose} has no time.`)
    return judged(whose, { there: there.getTime(), before, after: installation.clock.now().getTime() })
  },
})

function judged(whose: string, { there, before, after }: Record<'there' | 'before' | 'after', number>): Found {
  const offMs = before > there ? before - there : after < there ? after - there : 0
  const seconds = Math.round(offMs / 1000)
  if (Math.abs(seconds) <= mostSecondsOff) return ok(`This machine and ${whose} agree to within ${mostSecondsOff} s.`)
  return wrong(
    `The clock of this machine is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} that of ${whose}.`,
    'Set the clock of this machine, and keep it by NTP: timedatectl set-ntp true. If other services agree with it, wait for that one.',
  )
}

type Asked = { whose: string; withinMs: number }

/** The Date header of an answer that needs no credential. */
async function dateOf(address: string, { whose, withinMs }: Asked): Promise<Date | undefined> {
  const answer = await fetch(address, { redirect: 'manual', signal: AbortSignal.timeout(withinMs) }).catch(() => {
    throw new Broken(`${whose} did not answer.`, { answered: false })
  })
  await answer.body?.cancel()
  const at = new Date(answer.headers.get('date') ?? '')
  return Number.isNaN(at.getTime()) ? undefined : at
}

/** The clocks. */
export const clockChecks: readonly Check[] = sources.map(checkOf)
