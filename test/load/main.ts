// `npm run load [-- PER_SECOND SECONDS]`: 200 a second for a minute unless told otherwise; exits 1 when anybody was told
// what is not so, or was not answered in time.
import { load } from './load.ts'

const [perSecond, seconds] = [Number(process.argv[2] ?? 200), Number(process.argv[3] ?? 60)]
if (!(perSecond > 0 && seconds > 0)) {
  console.error('Give two numbers, such as 200 60: commands a second, and for how many seconds.')
  process.exit(2)
}
const came = await load({ perSecond, seconds, say: line => console.log(line) })
const { p50, p99, max } = came.answeredMs
console.log(
  `${came.sent} commands at ${came.sentPerSecond} a second, the gateway killed and started again in the middle`,
)
console.log(
  `  answered in ${p50} ms at the median, ${p99} at p99, ${max} at most; ${came.late} not at all, though the gateway was there`,
)
console.log(`  ${came.stored} told at once that it is stored, ${came.storedLater} a little later`)
console.log(`  ${came.refused} told that it is not, and it is not`)
for (const [told, times] of Object.entries(came.refusals)) console.log(`    ${times} x ${told}`)
console.log(`  ${came.storedUnanswered} stored although the gateway died before it could answer`)
console.log(`  ${came.lostInWindow} lost in the documented window: told "still storing", then the gateway was killed`)
console.log(`  ${came.wrong.length} told what is not so`)
for (const line of came.wrong.slice(0, 10)) console.log(`    ${line}`)
console.log(JSON.stringify({ load: perSecond, seconds, ...came, wrong: came.wrong.length }))
process.exitCode = came.wrong.length > 0 || came.late > 0 ? 1 : 0
