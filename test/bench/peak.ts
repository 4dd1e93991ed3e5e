// Loaded before a measured program (--import): writes the highest resident memory of its process, in KiB, to file descriptor 3.
import { writeSync } from 'node:fs'

process.on('exit', () => writeSync(3, String(process.resourceUsage().maxRSS)))
