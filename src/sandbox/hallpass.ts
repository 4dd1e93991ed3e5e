#!/usr/bin/env node
// `npm run hallpass -- ARGS`: the command from the sources. Without KUBECONFIG it asks the running sandbox, as
// `npm run kubectl` does.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { runAttached } from '../sim/attached.ts'

const command = join(import.meta.dirname, '../cli/hallpass.ts')
const sandbox = join(import.meta.dirname, '../../.sandbox/kubeconfig')

const words = process.argv.slice(2)
// Only what reads the cluster. A process is never started on a sandbox by accident.
const isReading = ['who', 'approver-rights'].includes(words[0] ?? '')
const usesSandbox = isReading && !process.env['KUBECONFIG'] && existsSync(sandbox)
if (usesSandbox) console.error('Using the sandbox. Set KUBECONFIG to use another cluster.')

runAttached(process.execPath, [command, ...words], usesSandbox ? { KUBECONFIG: sandbox } : {})
