// The plots of a report, as SVG inside the page: shapes with a title each, that a reader without sight or colours gets too.
import type { Day, Row } from './report.ts'
import { escaped } from './escaping.ts'

const width = 800

/** A column for each day, of what was granted, denied and neither. */
export function columnChart(days: readonly Day[]): string {
  const [height, bottom, left] = [180, 150, 30]
  const most = Math.max(1, ...days.map(({ granted, denied, other }) => granted + denied + other))
  const step = (width - left) / Math.max(1, days.length)
  const each = Math.ceil(days.length / 10)
  const columns = days.map(({ day, granted, denied, other }, n) => {
    const x = left + n * step + step * 0.15
    let y = bottom
    const parts = (['granted', 'denied', 'other'] as const).map(part => {
      const size = ({ granted, denied, other }[part] / most) * (bottom - 20)
      y -= size
      return size === 0
        ? ''
        : `<rect class="${part}" x="${fixed(x)}" y="${fixed(y)}" width="${fixed(step * 0.7)}" height="${fixed(size)}"/>`
    })
    const label = n % each === 0 ? `<text x="${fixed(x)}" y="${bottom + 15}">${day.slice(5)}</text>` : ''
    return `<g><title>${day}: ${granted} granted, ${denied} denied, ${other} other</title>${parts.join('')}</g>${label}`
  })
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="Requests by day"><text x="0" y="24">${most}</text><line class="axis" x1="${left}" y1="${bottom}" x2="${width}" y2="${bottom}"/>${columns.join('')}</svg>`
}

const shown = 20

/** A bar for each of the mappings with the most requests. */
export function barChart(rows: readonly Row[]): string {
  const top = rows.slice(0, shown)
  if (top.length === 0) return ''
  const [row, left] = [22, 220]
  const most = Math.max(1, ...top.map(({ asked }) => asked))
  const bars = top.map(({ name, asked, granted, denied }, n) => {
    const y = n * row + 4
    const scale = (width - left - 50) / most
    const parts: [string, number][] = [
      ['granted', granted],
      ['denied', denied],
      ['other', asked - granted - denied],
    ]
    let x = left
    const rects = parts.map(([part, size]) => {
      const rect =
        size === 0 ? '' : `<rect class="${part}" x="${fixed(x)}" y="${y}" width="${fixed(size * scale)}" height="14"/>`
      x += size * scale
      return rect
    })
    const label = name.length > 30 ? `${name.slice(0, 29)}…` : name
    return `<g><title>${escaped(name)}: ${asked}</title><text x="0" y="${y + 11}">${escaped(label)}</text>${rects.join('')}<text x="${fixed(x + 6)}" y="${y + 11}">${asked}</text></g>`
  })
  return `<svg viewBox="0 0 ${width} ${top.length * row + 8}" role="img" aria-label="Requests by mapping">${bars.join('')}</svg>`
}

function fixed(n: number): string {
  return n.toFixed(1)
}
