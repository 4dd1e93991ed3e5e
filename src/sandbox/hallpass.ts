#!/usr/bin/env node
// `npm run hallpass -- ARGS`: the command from the sources. Without KUBECONFIG it asks the running sandbox, as
// `npm run kubectl` does.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { runAttached } from '../sim/attached.ts'
import { processNames } from './processes.ts'

const command = join(import.meta.dirname, '../cli/hallpass.ts')
const folder = join(import.meta.dirname, '../../.sandbox')
const sandbox = join(folder, 'kubeconfig')
const auditor = join(folder, 'auditor')

const words = process.argv.slice(2)
// Only what reads the cluster. A process is never started on a sandbox by accident.
const reading = ['who', 'approver-rights', 'history', 'did', 'report', 'explain', 'drift', 'doctor']
const isReading = reading.includes(words[0] ?? '')
const usesSandbox = isReading && !process.env['KUBECONFIG'] && existsSync(sandbox)
if (usesSandbox) console.error('Using the sandbox. Set KUBECONFIG to use another cluster.')

if (usesSandbox && words[0] === 'doctor' && !words.includes('--help')) examine(words.slice(1))
else {
  const settings = { HALLPASS_CONFIG: join(auditor, 'config.yaml'), HALLPASS_SECRETS: auditor }
  const environment = { KUBECONFIG: sandbox, ...(existsSync(auditor) && settings) }
  runAttached(process.execPath, [command, ...words], usesSandbox ? environment : {})
}

/** Each process with its own settings and secrets, as in a cluster: one after the other. */
function examine(given: readonly string[]): void {
  const named = processNames.filter(name => given.includes(name))
  const options = given.filter(word => ![...processNames, 'all'].some(name => name === word))
  const codes = (named.length > 0 ? named : processNames).map(name => {
    const own = join(folder, 'processes', name)
    const settings = { HALLPASS_CONFIG: join(own, 'config.yaml'), HALLPASS_SECRETS: join(own, 'secrets') }
    const env = { ...process.env, KUBECONFIG: sandbox, ...settings }
    return spawnSync(process.execPath, [command, 'doctor', name, ...options], { stdio: 'inherit', env }).status ?? 2
  })
  // Something wrong counts more than what is not known.
  process.exitCode = codes.includes(1) ? 1 : Math.max(...codes)
}
