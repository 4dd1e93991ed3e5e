// A report as one HTML page: it needs no other file, runs no script, and prints well. Everything that people have written
// is escaped.
import { instant } from '../../domain/asking/duration.ts'
import { count } from '../columns.ts'
import { barChart, columnChart } from './plots.ts'
import { allNotes, sayTime, summaryOf } from './rendering.ts'
import type { Report, Row } from './report.ts'
import type { Told } from './told.ts'
import { escaped } from './escaping.ts'

const style = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --paper: #fff; --line: #d0d7de; --granted: #1a7f64; --denied: #b35900; --other: #8250df; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9ba6b2; --paper: #0d1117; --line: #3d444d; --granted: #3fb68b; --denied: #f0883e; --other: #bc8cff; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 68rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: 0.87rem; }
th[scope=row] { font-weight: normal; } th:first-child { min-width: 9rem; overflow-wrap: anywhere; }
th, td { text-align: left; padding: 0.25rem 0.45rem; border-bottom: 1px solid var(--line); } td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
svg { width: 100%; min-width: 34rem; height: auto; } svg text { fill: var(--soft); font: 11px system-ui, sans-serif; } .axis { stroke: var(--line); }
.granted { fill: var(--granted); } .denied { fill: var(--denied); } .other { fill: var(--other); } .key { display: inline-block; width: 0.8em; height: 0.8em; margin-right: 0.3em; vertical-align: -0.05em; }
.key.granted { background: var(--granted); } .key.denied { background: var(--denied); } .key.other { background: var(--other); }
footer { color: var(--soft); font-size: 0.87rem; margin-top: 2rem; }
@media print { svg { min-width: 0; } .wide { overflow: visible; } table { font-size: 0.75rem; } th[scope=row] { font-weight: normal; } th:first-child { min-width: 0; } body { margin: 0; max-width: none; font-size: 10pt; } :root { --ink: #000; --paper: #fff; --soft: #333; --line: #999; } h2, svg, tr { break-inside: avoid; } * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
`

/** The page. */
export function toReportPage(report: Report): string {
  const { from, to, byMapping, byPerson, byApprover, byDay, unreviewed, inDoubt, leftovers } = report
  const span = `${instant(from).slice(0, 10)} to ${instant(to).slice(0, 10)}`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Access through Hallpass, ${span}</title>
<style>${style}</style>
</head>
<body>
<h1>Access through Hallpass, ${span}</h1>
<p>${escaped(summaryOf(report))}</p>
<h2>Requests by day</h2>
<p><span class="key granted"></span>granted &ensp; <span class="key denied"></span>denied &ensp; <span class="key other"></span>timed out, withdrawn, failed or waiting</p>
<div class="wide">${columnChart(byDay)}</div>
${section('By mapping', 'Mapping', byMapping)}
<div class="wide">${barChart(byMapping)}</div>
${section('By person', 'Person', byPerson)}
${section('By approver', 'Approver', byApprover)}
${listOf('Emergencies that nobody has reviewed', unreviewed)}
${listOf('Google never confirmed a grant', inDoubt)}
${leftovers && leftovers.length > 0 ? `<h2>Left over in policies</h2><ul>${leftovers.map(one => `<li>${escaped(`${one.role} on ${one.resource} of ${one.member}, expired ${instant(one.endedAt)} (${one.request})`)}</li>`).join('')}</ul>` : ''}
<footer>${allNotes(report)
    .map(note => `<p>${escaped(note)}</p>`)
    .join('')}</footer>
</body>
</html>
`
}

const columns = ['Asked', 'Granted', 'Denied', 'Timed out', 'Withdrawn', 'Failed', 'Emergencies', 'Held', 'Decided in']

function section(title: string, name: string, rows: readonly Row[]): string {
  if (rows.length === 0) return ''
  const head = [
    `<th scope="col">${name}</th>`,
    ...columns.map(column => `<th scope="col" class="n">${column}</th>`),
  ].join('')
  return `<h2>${title}</h2><div class="wide"><table><thead><tr>${head}</tr></thead><tbody>${rows.map(rowOf).join('')}</tbody></table></div>`
}

function rowOf(row: Row): string {
  const { name, asked, granted, denied, timedOut, withdrawn, failed, emergencies } = row
  const counts = [asked, granted, denied, timedOut, withdrawn, failed, emergencies].map(count)
  const median = row.medianDecisionSeconds
  const cells = [...counts, sayTime(row.heldSeconds), median === undefined ? '–' : sayTime(median)]
  return `<tr><th scope="row">${escaped(name)}</th>${cells.map(cell => `<td class="n">${cell}</td>`).join('')}</tr>`
}

function listOf(title: string, requests: readonly Told[]): string {
  if (requests.length === 0) return ''
  const items = requests.map(
    ({ request, person, askedAt }) => `<li>${escaped(`${request}: ${person}, ${instant(askedAt)}`)}</li>`,
  )
  return `<h2>${title}</h2><ul>${items.join('')}</ul>`
}
