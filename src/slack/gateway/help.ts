// The answer to a call for help: how to ask, and for what this person can ask. Pure.
import { sayDuration } from '../../domain/asking/duration.ts'
import { isOpen, opensAt } from '../../domain/hours/opening.ts'
import type { Hours } from '../../domain/hours/span.ts'
import { sayMoment } from '../../domain/hours/local-time.ts'
import { sayHours } from '../../domain/hours/words.ts'
import type { Mapping } from '../../domain/mapping/mapping.ts'
import { oneLine } from '../../domain/text.ts'
import { rendered, section } from '../messages/blocks.ts'
import { bold, code, escape } from '../messages/words.ts'
import { type Answer, nothingToAsk } from './answers.ts'

/** The commands, with the mappings that this person may ask for. */
export function help(mappings: readonly Mapping[], generic: string, now: Date): Answer {
  const rows = mappings.slice(0, 20).map(mapping => {
    const command = mapping.command ? ` or \`${escape(mapping.command)}\`` : ''
    const description = escape(oneLine(mapping.description))
    const what = description && `: ${description}`
    const emergency = mapping.emergency ? ', also as an emergency' : ''
    const hours = mapping.hours ? sayOpening(mapping.hours, now) : ''
    return `• ${bold(mapping.name)}${command}${what}, up to ${sayDuration(mapping.maxSeconds)}${emergency}${hours}`
  })
  const [first] = mappings
  const example = code(`${generic} ${first?.name ?? 'NAME'} 30m ${first?.reason.hint ?? 'why you need it'}`)
  const urgent = mappings.find(({ emergency }) => emergency)
  const emergency = urgent
    ? [
        `In an emergency write that word first: ${code(`${generic} ${urgent.name} emergency 30m ${urgent.reason.hint ?? 'why you need it'}`)}. More people are told, and somebody reviews it afterwards.`,
      ]
    : []
  const offered = rows.length > 0 ? ['You can ask for:', ...rows] : [nothingToAsk().text]
  const more =
    mappings.length > 20 ? [`… and ${mappings.length - 20} more; \`${generic}\` alone shows all in a form.`] : []
  const text = [
    `Production access for a limited time. Ask like this: ${example}`,
    `\`${generic}\` alone opens a form; \`${generic} mine\` lists your requests and those that wait for you. How long: 30m, 2h, 1h30m, 15 min; later: 2h at 22:00${mappings.some(({ hours }) => hours) ? ', or 2h at opening' : ''}.`,
    ...emergency,
    ...offered,
    ...more,
  ].join('\n')
  return rendered(text, [section(text)])
}

function sayOpening(hours: Hours, now: Date): string {
  const opens = isOpen(hours, now) ? undefined : opensAt([hours], now)
  const next = opens ? `; it opens next on ${sayMoment(opens, hours.zone)}` : ''
  return escape(`, only ${sayHours(hours)}${next}`)
}
