#!/usr/bin/env node
// `npm run hallpass -- ARGS`: the command from the sources. Without KUBECONFIG it asks the running sandbox, as
// `npm run kubectl` does.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { runAttached } from '../sim/attached.ts'

const command = join(import.meta.dirname, '../cli/hallpass.ts')
const folder = join(import.meta.dirname, '../../.sandbox')
const sandbox = join(folder, 'kubeconfig')
const auditor = join(folder, 'auditor')

const words = process.argv.slice(2)
// Only what reads the cluster. A process is never started on a sandbox by accident.
const isReading = ['who', 'approver-rights', 'history', 'did', 'report', 'explain', 'drift'].includes(words[0] ?? '')
const usesSandbox = isReading && !process.env['KUBECONFIG'] && existsSync(sandbox)
if (usesSandbox) console.error('Using the sandbox. Set KUBECONFIG to use another cluster.')

const settings = { HALLPASS_CONFIG: join(auditor, 'config.yaml'), HALLPASS_SECRETS: auditor }
const environment = { KUBECONFIG: sandbox, ...(existsSync(auditor) && settings) }
runAttached(process.execPath, [command, ...words], usesSandbox ? environment : {})
