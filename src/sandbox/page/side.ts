// The right column: the project's policy as bars on a time line, the requests, the pages, and the audit log.
import { html } from 'htm/preact'
import type { ComponentChild } from 'preact'
import { useState } from 'preact/hooks'
import type { AuditRow, Binding, PageRow, RequestTable, State } from './state.ts'

const tabs = ['Cloud policy', 'Requests', 'Pages', 'Audit'] as const
type Tab = (typeof tabs)[number]

/** The tabs, reachable by arrow keys. */
export function Side({ state }: { state: State }): ComponentChild {
  const [tab, setTab] = useState<Tab>('Cloud policy')
  const move = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (step === undefined) return
    const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length] ?? tab
    setTab(next)
    document.getElementById(`tab-${next}`)?.focus()
  }
  return html`<aside class="side" aria-label="Behind the scenes">
    <div role="tablist" onKeyDown=${move}>
      ${tabs.map(
        name =>
          html`<button
            role="tab"
            id="tab-${name}"
            type="button"
            aria-selected=${name === tab}
            tabindex=${name === tab ? 0 : -1}
            onClick=${() => setTab(name)}
          >
            ${name}
          </button>`,
      )}
    </div>
    <div role="tabpanel" aria-labelledby="tab-${tab}" tabindex="0">${panel(tab, state)}</div>
  </aside>`
}

function panel(tab: Tab, state: State): ComponentChild {
  if (tab === 'Requests') return requests(state.requests)
  if (tab === 'Pages') return pages(state.pages)
  if (tab === 'Audit') return audit(state.audit)
  return state.policies.map(
    ({ resource, bindings }) =>
      html`<h3>${resource}</h3>
        ${timeline(bindings, new Date(state.now))}`,
  )
}

type Span = { from: number; until: number }

function timeline(bindings: readonly Binding[], now: Date): ComponentChild {
  const at = now.getTime()
  const ends = bindings.flatMap(({ startsAt, endsAt }) => [startsAt, endsAt]).flatMap(t => (t ? [Date.parse(t)] : []))
  // From before the present to a little after the last end within a day; at least two minutes, a quarter of them in the
  // past.
  const near = ends.filter(end => Math.abs(end - at) < 86_400_000)
  const span: Span = { from: Math.min(at - 60_000, ...near), until: Math.max(at + 120_000, ...near) + 20_000 }
  const place = (t: number): number => (100 * (t - span.from)) / (span.until - span.from)
  return html`<p><small>The red mark is now. Times are yours.</small></p>
    <div role="list">${bindings.map(binding => bar(binding, at, place))}</div>`
}

function bar(binding: Binding, now: number, place: (t: number) => number): ComponentChild {
  const start = binding.startsAt ? Date.parse(binding.startsAt) : undefined
  const end = binding.endsAt ? Date.parse(binding.endsAt) : undefined
  const isExpired = end !== undefined && end <= now
  const kind = !binding.isOurs ? 'foreign' : isExpired ? 'expired' : 'ours'
  const word = { foreign: 'not by Hallpass', expired: 'expired', ours: 'by Hallpass' }[kind]
  const left = Math.max(0, Math.min(100, start === undefined ? 0 : place(start)))
  const right = Math.max(0, Math.min(100, end === undefined ? 100 : place(end)))
  const begins = start !== undefined && start > now ? `from ${clock(start)} ` : ''
  const life = end === undefined ? 'no end' : isExpired ? `ended ${clock(end)}` : `until ${clock(end)}`
  const rest = end === undefined || isExpired || begins ? '' : ` (${remaining(end - now)})`
  return html`<div class="binding ${kind}" role="listitem" title=${binding.expression}>
    <div class="label"><code>${binding.role}</code> <span>${binding.member}</span></div>
    <div class="track">
      <div class="now" style=${`left:${place(now)}%`}></div>
      <div class="bar" style=${`left:${left}%;width:${Math.max(1, right - left)}%`}></div>
    </div>
    <small>${word} · ${begins}${life}${rest}</small>
    ${binding.isOurs && binding.only ? html`<small class="only">only ${binding.only}</small>` : ''}
  </div>`
}

function clock(t: number): string {
  const at = new Date(t)
  const time = at.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit' })
  return Math.abs(t - Date.now()) < 86_400_000 ? time : at.toLocaleDateString()
}

/** Begun minutes are left out, so that no time is shown that is not left. */
function remaining(ms: number): string {
  const seconds = Math.ceil(ms / 1000)
  if (seconds < 90) return `${seconds} s left`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min left`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `${hours} h ${minutes % 60} min left` : `${Math.floor(hours / 24)} days left`
}

// As a table where there is room, and as one block for each request where there is no room. The roles are written down
// because a browser forgets that of a table that is shown as blocks.
function requests({ columns, rows }: RequestTable): ComponentChild {
  if (rows.length === 0) return html`<p class="empty">No request yet. Ask for something in the channel.</p>`
  return html`<table class="requests" role="table">
    <caption>
      kubectl get accessrequests
    </caption>
    <thead role="rowgroup">
      <tr role="row">
        ${columns.map(name => html`<th scope="col" role="columnheader">${name}</th>`)}
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${rows.map(
        cells =>
          html`<tr key=${cells[0]} role="row">
            ${cells.map((cell, at) => requestCell(columns[at] ?? '', cell))}
          </tr>`,
      )}
    </tbody>
  </table>`
}

function requestCell(column: string, cell: string): ComponentChild {
  if (column === 'Name') return html`<th scope="row" role="rowheader" data-column=${column}>${cell}</th>`
  const shown = column === 'Phase' ? html`<span class="phase ${cell}">${cell}</span>` : cell
  return html`<td role="cell" data-column=${column} class=${cell === '' ? 'none' : ''}>${shown}</td>`
}

function pages(rows: readonly PageRow[]): ComponentChild {
  if (rows.length === 0)
    return html`<p class="empty">
      Nobody was paged yet. Ask for /prod-gke and let nobody look at it: after 30 seconds PagerDuty pages the platform
      team.
    </p>`
  return html`<ol class="audit" aria-label="Incidents in PagerDuty">
    ${rows.map(
      row =>
        html`<li>
          <time datetime=${row.at}>${clock(Date.parse(row.at))}</time> <strong>${row.status}</strong> ${row.summary}
          <small>${smallPrint(row)}</small>
        </li>`,
    )}
  </ol>`
}

function smallPrint({ urgency, status, changedAt }: PageRow): string {
  const since = status === 'triggered' ? 'nobody has answered' : `since ${clock(Date.parse(changedAt))}`
  return `${urgency} urgency · ${since}`
}

function audit(rows: readonly AuditRow[]): ComponentChild {
  if (rows.length === 0) return html`<p class="empty">No entry yet. Each step of a request becomes one.</p>`
  return html`<ol class="audit">
    ${rows.map(
      row =>
        html`<li>
          <time datetime=${row.at}>${clock(Date.parse(row.at))}</time> <strong>${row.event}</strong> ${row.message}
          <small>${row.actor} ${row.request}</small>
        </li>`,
    )}
  </ol>`
}
