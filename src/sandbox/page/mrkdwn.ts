// Slack's mrkdwn as elements. Text stays text: nothing that a person typed becomes markup of the page.
import { html } from 'htm/preact'
import type { ComponentChild } from 'preact'

type Names = Record<string, string>

/** Renders mrkdwn: code, quotes, bold, links, mentions and dates. */
export function mrkdwn(text: string, names: Names): ComponentChild[] {
  return text.split(/(```[\s\S]*?```)/).map(part => {
    if (part.startsWith('```') && part.endsWith('```') && part.length >= 6)
      return html`<pre>${unescape(part.slice(3, -3))}</pre>`
    return lines(part, names)
  })
}

function lines(text: string, names: Names): ComponentChild[] {
  return text.split('\n').map((line, i) => {
    const isQuote = /^(>|&gt;)\s?/.test(line)
    const shown = inline(line.replace(/^(>|&gt;)\s?/, ''), names)
    return isQuote ? html`<blockquote>${shown}</blockquote>` : html`${i > 0 ? html`<br />` : ''}${shown}`
  })
}

function inline(text: string, names: Names): ComponentChild[] {
  return text.split(/(<[^<>]*>|`[^`]+`|\*[^*\s][^*]*\*)/).map(part => {
    if (/^<.*>$/.test(part)) return reference(part.slice(1, -1), names)
    if (/^`.+`$/.test(part)) return html`<code>${unescape(part.slice(1, -1))}</code>`
    if (/^\*.+\*$/.test(part)) return html`<strong>${inline(part.slice(1, -1), names)}</strong>`
    return unescape(part)
  })
}

function reference(inside: string, names: Names): ComponentChild {
  const [target = '', label] = inside.split('|')
  if (target.startsWith('!date^')) return dateOf(target, label ?? '')
  if (/^[@#!]/.test(target)) {
    const id = target.replace(/^(@|#|!subteam\^)/, '')
    const sign = target.startsWith('#') ? '#' : '@'
    return html`<span class="mention">${sign}${names[id] ?? unescape(label ?? id)}</span>`
  }
  if (!/^https?:\/\//.test(target)) return unescape(label ?? target)
  return html`<a href=${unescape(target)} target="_blank" rel="noreferrer">${unescape(label ?? target)}</a>`
}

function dateOf(target: string, fallback: string): ComponentChild {
  const [, seconds = '', form = ''] = target.split('^')
  const at = new Date(Number(seconds) * 1000)
  if (Number.isNaN(at.getTime())) return unescape(fallback)
  const withDate = form.includes('{date')
  const time = at.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })
  const isToday = at.toDateString() === new Date().toDateString()
  const shown = withDate && !isToday ? `${at.toLocaleDateString()} ${time}` : time
  return html`<time datetime=${at.toISOString()} title=${at.toISOString()}>${shown}</time>`
}

function unescape(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}
