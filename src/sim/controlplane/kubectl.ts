#!/usr/bin/env node
// `npm run kubectl -- ARGS`: the control plane's kubectl, pointed at the running sandbox.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { locateBinaries } from './locate.ts'

const sandbox = join(import.meta.dirname, '../../../.sandbox/kubeconfig')
const kubeconfig = process.env['KUBECONFIG'] ?? sandbox

if (!existsSync(kubeconfig)) {
  console.error('The sandbox is not running: type npm start in another terminal.')
  process.exit(1)
}
const { folder } = await locateBinaries()
const child = spawn(join(folder, 'kubectl'), process.argv.slice(2), {
  stdio: 'inherit',
  env: { ...process.env, KUBECONFIG: kubeconfig },
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => process.exit(code ?? (signal ? 130 : 1)))
