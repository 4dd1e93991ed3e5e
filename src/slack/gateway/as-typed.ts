// Texts as Slack delivers them, back to what the person typed. Slack escapes `&`, `<` and `>`, and phones turn
// addresses, links and names into `<…>` (https://docs.slack.dev/messaging/formatting-message-text/). Pure.

/** The text that the person typed. Only Slack's own forms are taken apart; any other `<…>` stays. */
export function asTyped(text: string): string {
  return text
    .replace(/<([^<>]*)>/g, (whole, inner: string) => meantBy(inner) ?? whole)
    .replace(/&(amp|lt|gt);/g, unescaped)
}

const signs: Record<string, string> = { amp: '&', lt: '<', gt: '>' }

function unescaped(whole: string, name: string): string {
  return signs[name] ?? whole
}

function meantBy(inner: string): string | undefined {
  const bar = inner.indexOf('|')
  const [target, label] = bar < 0 ? [inner, ''] : [inner.slice(0, bar), inner.slice(bar + 1)]
  if (/^@[UW][A-Z0-9]+$/.test(target)) return `@${label || target.slice(1)}`
  if (/^#[CGD][A-Z0-9]+$/.test(target)) return `#${label || target.slice(1)}`
  if (target.startsWith('!')) return special(target, label)
  return /^(?:https?:\/\/|mailto:|tel:)/i.test(target) ? linkMeant(target, label) : undefined
}

/** `<!subteam^S1|@dba>`, `<!here>`, `<!date^…|fallback>`. */
function special(target: string, label: string): string | undefined {
  const [, kind = ''] = /^!([a-z]+)(?:\^|$)/.exec(target) ?? []
  if (['here', 'channel', 'everyone'].includes(kind)) return `@${kind}`
  if (kind === 'date') return label || undefined
  return kind === 'subteam' ? label || `@${target.slice('!subteam^'.length)}` : undefined
}

/**
 * The label is what was typed, if Slack turned it into a link. If the words name another address, both are kept, so that
 * no text can hide where a link leads.
 */
function linkMeant(target: string, label: string): string {
  const address = target.replace(/^(?:mailto|tel):/i, '')
  if (label === '' || isSame(address, label)) return label || address
  return `${label} (${address})`
}

function isSame(address: string, label: string): boolean {
  const core = (text: string): string =>
    text
      .toLowerCase()
      .replace(/^https?:\/\//, '')
      .replace(/\/$/, '')
  return core(address) === core(label)
}
