// `npm run soak [-- COUNT]`: 20,000 requests unless another number is given; exits 1 when the controller grew.
import { grownIn, soak } from './soak.ts'

const count = Number(process.argv[2] ?? 20_000)
if (!Number.isInteger(count) || count < 1) {
  console.error(`"${process.argv[2]}" is not a number of requests. Give one such as 2000, or none for 20000.`)
  process.exit(2)
}
const { requests, seconds, before, after } = await soak(count, line => console.log(line))
const grown = grownIn(before, after)
console.log(`${requests} requests lived in ${seconds.toFixed(0)} s (${(requests / seconds).toFixed(0)} a second)`)
for (const name of ['heapMB', 'descriptors', 'timers', 'sockets'] as const)
  console.log(
    `${name.padEnd(12)} ${before[name].toFixed(1).padStart(8)} before ${after[name].toFixed(1).padStart(8)} after`,
  )
console.log(JSON.stringify({ soak: requests, seconds, before, after, grown }))
process.exitCode = grown.length > 0 ? 1 : 0
